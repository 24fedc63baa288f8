package ai.apertis.benchmarks.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

import ai.apertis.benchmarks.gateway.FastGateway;
import ai.apertis.benchmarks.measure.MeasuredProcess;
import ai.apertis.benchmarks.measure.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Reads streams with one client after the other, each in a process of its own, and
 * measures what they cost.
 */
@Command(name = "client", mixinStandardHelpOptions = true, showDefaultValues = true,
		description = "Compares what clients cost for each event.")
public final class ClientBenchmark implements Callable<Integer> {

	@Option(names = "--clients", split = ",", description = "Which ones: ${COMPLETION-CANDIDATES}.")
	private Set<Contender> clients = EnumSet.allOf(Contender.class);

	@Option(names = "--scenarios", split = ",", description = "Which ones: ${COMPLETION-CANDIDATES}.")
	private Set<Scenario> scenarios = EnumSet.allOf(Scenario.class);

	@Option(names = "--rounds", defaultValue = "3", description = "Rounds, of which the median counts.")
	private int rounds;

	@Option(names = "--seconds", defaultValue = "4", description = "Length of a round.")
	private int seconds;

	@Option(names = "--warm-up", defaultValue = "15", description = "Seconds before the first round.")
	private int warmUp;

	@Option(names = "--virtual-threads", description = "Read on virtual threads (Java 21 and newer).")
	private boolean virtualThreads;

	@Override
	public Integer call() throws Exception {
		List<String> head = new ArrayList<>(List.of("client: CPU ns/event, bytes/event, µs to first chunk"));
		this.scenarios.forEach((scenario) -> head.add(scenario.title()));
		Table table = new Table(head.toArray(String[]::new));
		int port = MeasuredProcess.freePort();
		List<String> gateway = MeasuredProcess.java(List.of(), "", FastGateway.class, List.of(String.valueOf(port)));
		try (MeasuredProcess running = MeasuredProcess.start(port, gateway).awaitPort()) {
			for (Contender client : this.clients) {
				List<String> row = new ArrayList<>(List.of(client.title()));
				for (Scenario scenario : this.scenarios) {
					System.out.println(client.title() + ", " + scenario);
					row.add(measure(client, scenario, running.port()));
				}
				table.row(row.toArray(String[]::new));
			}
		}
		System.out.println();
		System.out.println("Java " + Runtime.version() + ", " + Runtime.getRuntime().availableProcessors()
				+ " processors, " + this.rounds + " rounds of " + this.seconds + " s, medians");
		System.out.println();
		System.out.println(table);
		return 0;
	}

	private String measure(Contender client, Scenario scenario, int port) throws IOException, InterruptedException {
		List<String> command = MeasuredProcess.java(List.of("-Xmx1g"), "", ClientRun.class,
				List.of(client.name(), scenario.script().kind().name(), String.valueOf(scenario.script().events()),
						String.valueOf(scenario.script().pauseMicros()), String.valueOf(scenario.concurrency()),
						String.valueOf(port), String.valueOf(this.warmUp), String.valueOf(this.seconds),
						String.valueOf(this.rounds), String.valueOf(this.virtualThreads)));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes());
		process.waitFor();
		int result = output.lastIndexOf("RESULT ");
		if (result < 0) {
			return "failed: " + output.lines().filter((line) -> line.contains("Exception")).findFirst().orElse(output);
		}
		String[] figures = output.substring(result).strip().split(" ");
		return "%,d / %,d / %,d".formatted(Long.parseLong(figures[1]), Long.parseLong(figures[2]),
				Long.parseLong(figures[3]));
	}

}
