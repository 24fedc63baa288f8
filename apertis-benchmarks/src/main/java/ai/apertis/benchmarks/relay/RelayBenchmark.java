package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;

import ai.apertis.benchmarks.gateway.FastGateway;
import ai.apertis.benchmarks.load.Load;
import ai.apertis.benchmarks.measure.MeasuredProcess;
import ai.apertis.benchmarks.measure.Table;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Sends streams from a gateway through relays, each in a process of its own, and measures
 * what the relays cost.
 */
@Command(name = "relay", mixinStandardHelpOptions = true, showDefaultValues = true,
		description = "Compares what relays cost for each event.")
public final class RelayBenchmark implements Callable<Integer> {

	static final List<String> OPTIONS = List.of("-Xmx1g", "-XX:+UseG1GC");

	@Option(names = "--relays", split = ",", description = "Which ones: ${COMPLETION-CANDIDATES}.")
	private Set<Contender> relays = EnumSet.allOf(Contender.class);

	@Option(names = "--scenarios", split = ",", description = "Which ones: ${COMPLETION-CANDIDATES}.")
	private Set<Scenario> scenarios = EnumSet.allOf(Scenario.class);

	@Option(names = "--rounds", defaultValue = "3", description = "Rounds, of which the median counts.")
	private int rounds;

	@Option(names = "--seconds", defaultValue = "6", description = "Length of a round.")
	private int seconds;

	@Option(names = "--warm-up", defaultValue = "25", description = "Seconds of each scenario before the first round.")
	private int warmUp;

	@Option(names = "--option", description = "An option for the virtual machines of the relays.")
	private List<String> options = new ArrayList<>();

	private final Map<Contender, MeasuredProcess> running = new LinkedHashMap<>();

	private final Map<Contender, Map<Scenario, List<Measurement>>> measured = new EnumMap<>(Contender.class);

	private final List<Measurement> direct = new ArrayList<>();

	private final Map<Contender, String> memory = new EnumMap<>(Contender.class);

	@Override
	public Integer call() throws Exception {
		try (MeasuredProcess gateway = startGateway()) {
			for (Contender relay : this.relays) {
				if (relay.isAvailable()) {
					start(relay, gateway.port());
				}
				else {
					say(relay.title() + " is left out: this machine has not what it needs");
				}
			}
			warmUp();
			for (int round = 1; round <= this.rounds; round++) {
				measureRound(round, gateway);
			}
			if (this.scenarios.contains(Scenario.OPEN)) {
				for (Map.Entry<Contender, MeasuredProcess> relay : this.running.entrySet()) {
					measureOpen(relay.getKey(), relay.getValue());
				}
			}
		}
		finally {
			for (MeasuredProcess relay : this.running.values()) {
				relay.close();
			}
		}
		print();
		return 0;
	}

	static MeasuredProcess startGateway() throws IOException, InterruptedException {
		int port = MeasuredProcess.freePort();
		return MeasuredProcess
			.start(port, MeasuredProcess.java(List.of("-Xmx1g"), "", FastGateway.class, List.of(String.valueOf(port))))
			.awaitPort();
	}

	private void start(Contender relay, int gatewayPort) throws IOException, InterruptedException {
		List<String> all = new ArrayList<>(OPTIONS);
		this.options.forEach((option) -> all.add(option.replace("%n", relay.name())));
		int port = MeasuredProcess.freePort();
		say("Starting " + relay.title());
		this.running.put(relay, MeasuredProcess.start(port, relay.command(port, gatewayPort, all)).awaitPort());
	}

	private void warmUp() throws InterruptedException {
		for (Map.Entry<Contender, MeasuredProcess> relay : this.running.entrySet()) {
			say("Warming up " + relay.getKey().title());
			for (Scenario scenario : repeated()) {
				try (Load load = load(relay.getKey(), relay.getValue(), scenario)) {
					Thread.sleep(this.warmUp * 1000L);
				}
			}
		}
	}

	private void measureRound(int round, MeasuredProcess gateway) throws InterruptedException {
		for (Scenario scenario : repeated()) {
			say("Round " + round + ", " + scenario);
			if (scenario == Scenario.PACED) {
				try (Load load = new Load(gateway.port(), "/", scenario.script(), scenario.connections())) {
					this.direct.add(Measurement.of(gateway, scenario, load, this.seconds));
				}
			}
			for (Map.Entry<Contender, MeasuredProcess> relay : this.running.entrySet()) {
				awaitQuiet();
				try (Load load = load(relay.getKey(), relay.getValue(), scenario)) {
					this.measured.computeIfAbsent(relay.getKey(), (key) -> new EnumMap<>(Scenario.class))
						.computeIfAbsent(scenario, (key) -> new ArrayList<>())
						.add(Measurement.of(relay.getValue(), scenario, load, this.seconds));
				}
			}
		}
	}

	/**
	 * Some relays go on when their clients have hung up.
	 */
	private void awaitQuiet() throws InterruptedException {
		for (int i = 0; i < 60; i++) {
			Duration before = cpu();
			Thread.sleep(500);
			if (cpu().minus(before).toMillis() < 50) {
				return;
			}
		}
		say("The relays do not come to rest");
	}

	private Duration cpu() {
		return this.running.values().stream().map(MeasuredProcess::cpu).reduce(Duration.ZERO, Duration::plus);
	}

	private void measureOpen(Contender relay, MeasuredProcess process) throws IOException, InterruptedException {
		say("5,000 open streams, " + relay.title());
		long before = process.memory();
		try (Load load = load(relay, process, Scenario.OPEN)) {
			int most = Scenario.OPEN.connections();
			for (int i = 0; i < 60 && load.open() < most; i++) {
				Thread.sleep(1000);
			}
			int open = load.open();
			long each = (process.memory() - before) / Math.max(open, 1);
			Thread.sleep(2000);
			this.memory.put(relay, "%.0f KiB%s, %d".formatted(each / 1024.0, (relay == Contender.NGINX) ? " RSS" : "",
					most - load.open()));
		}
	}

	private List<Scenario> repeated() {
		return this.scenarios.stream().filter((scenario) -> scenario != Scenario.OPEN).toList();
	}

	private static Load load(Contender relay, MeasuredProcess process, Scenario scenario) throws InterruptedException {
		return new Load(process.port(), relay.path(), scenario.script(), scenario.connections());
	}

	private void print() {
		Table table = new Table("relay", "(a) full speed: CPU µs/event", "× nginx", "× Spring Cloud Gateway",
				"events/s", "(b) 1,000 paced: CPU µs/event", "× nginx", "× Spring Cloud Gateway",
				"added latency p50 / p99, µs", "(d) short: CPU µs/request", "× nginx", "× Spring Cloud Gateway",
				"(c) 5,000 open: heap each, lost", "failures");
		for (Contender relay : this.running.keySet()) {
			table.row(relay.title(), value(relay, Scenario.FULL_SPEED, Measurement::cpuPerEvent, "%.1f"),
					ratio(relay, Contender.NGINX, Scenario.FULL_SPEED, Measurement::cpuPerEvent),
					ratio(relay, Contender.CLOUD_GATEWAY, Scenario.FULL_SPEED, Measurement::cpuPerEvent),
					value(relay, Scenario.FULL_SPEED, Measurement::eventsPerSecond, "%,.0f"),
					value(relay, Scenario.PACED, Measurement::cpuPerEvent, "%.1f"),
					ratio(relay, Contender.NGINX, Scenario.PACED, Measurement::cpuPerEvent),
					ratio(relay, Contender.CLOUD_GATEWAY, Scenario.PACED, Measurement::cpuPerEvent), added(relay),
					value(relay, Scenario.SHORT, Measurement::cpuPerStream, "%.0f"),
					ratio(relay, Contender.NGINX, Scenario.SHORT, Measurement::cpuPerStream),
					ratio(relay, Contender.CLOUD_GATEWAY, Scenario.SHORT, Measurement::cpuPerStream),
					this.memory.getOrDefault(relay, "-"), String.valueOf(failures(relay)));
		}
		say("");
		say("Java " + Runtime.version() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
				+ this.rounds + " rounds of " + this.seconds + " s, medians");
		say("");
		say(table.toString());
	}

	private String value(Contender relay, Scenario scenario, ToDoubleFunction<Measurement> figure, String format) {
		double median = median(relay, scenario, figure);
		return Double.isNaN(median) ? "-" : format.formatted(median);
	}

	private String ratio(Contender relay, Contender other, Scenario scenario, ToDoubleFunction<Measurement> figure) {
		double ratio = median(relay, scenario, figure) / median(other, scenario, figure);
		return Double.isNaN(ratio) ? "-" : "%.2f".formatted(ratio);
	}

	private String added(Contender relay) {
		double p50 = median(relay, Scenario.PACED, Measurement::p50);
		return Double.isNaN(p50) ? "-" : "%,.0f / %,.0f".formatted(p50 - median(this.direct, Measurement::p50),
				median(relay, Scenario.PACED, Measurement::p99) - median(this.direct, Measurement::p99));
	}

	private double median(Contender relay, Scenario scenario, ToDoubleFunction<Measurement> figure) {
		Map<Scenario, List<Measurement>> measured = this.measured.get(relay);
		return median((measured != null) ? measured.get(scenario) : null, figure);
	}

	private static double median(@Nullable List<Measurement> measured, ToDoubleFunction<Measurement> figure) {
		return (measured != null) ? Table.median(measured.stream().mapToDouble(figure).toArray()) : Double.NaN;
	}

	private long failures(Contender relay) {
		return this.measured.getOrDefault(relay, Map.of())
			.values()
			.stream()
			.flatMap(List::stream)
			.mapToLong(Measurement::failures)
			.sum();
	}

	private static void say(String text) {
		System.out.println(text);
	}

}
