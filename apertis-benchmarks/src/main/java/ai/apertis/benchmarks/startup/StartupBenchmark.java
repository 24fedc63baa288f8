package ai.apertis.benchmarks.startup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import ai.apertis.benchmarks.measure.MeasuredProcess;
import ai.apertis.benchmarks.measure.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Starts empty applications with and without the starter, in turn.
 */
@Command(name = "startup", mixinStandardHelpOptions = true, showDefaultValues = true,
		description = "Measures what the starter adds to the start of an application.")
public final class StartupBenchmark implements Callable<Integer> {

	private static final String PEERS = "jmh-.*|picocli-.*|spring-cloud-.*|spring-ai-.*|langchain4j-.*|openai-.*"
			+ "|jtokkit-.*|bucket4j.*";

	private static final String WEB = "spring-webmvc-.*|spring-boot-(starter-)?webmvc-.*|.*tomcat.*|.*actuator.*"
			+ "|micrometer-registry-.*|spring-boot-(starter-)?micrometer-.*";

	private static final String OURS = "apertis-(client|test|spring)-.*";

	@Option(names = "--rounds", defaultValue = "15", description = "Starts of each, of which the median counts.")
	private int rounds;

	@Override
	public Integer call() throws IOException, InterruptedException {
		String bare = PEERS + "|" + WEB + "|" + OURS;
		String starter = PEERS + "|" + WEB;
		List<Application> applications = List.of(new Application("empty WebFlux application", bare, List.of()),
				new Application("with a WebClient of Spring Boot's", bare, List.of("--web-client=true")),
				new Application("with the starter", starter, List.of("--apertis.api-key=benchmark")),
				new Application("with the starter and the pass-through", starter,
						List.of("--apertis.api-key=benchmark", "--apertis.pass-through.enabled=true")));
		for (int round = 0; round <= this.rounds; round++) {
			System.out.println("Round " + round);
			for (Application application : applications) {
				application.start(round > 0);
			}
		}
		Table table = new Table("application", "start, ms", "more than empty, ms", "threads");
		double empty = applications.get(0).milliseconds();
		for (Application application : applications) {
			table.row(application.title, "%.0f".formatted(application.milliseconds()),
					"%.0f".formatted(application.milliseconds() - empty), String.valueOf(application.threads));
		}
		System.out.println();
		System.out.println("Java " + Runtime.version() + ", " + this.rounds + " starts, medians");
		System.out.println();
		System.out.println(table);
		return 0;
	}

	private static final class Application {

		private final String title;

		private final List<String> command;

		private final List<Integer> times = new ArrayList<>();

		private int threads;

		Application(String title, String without, List<String> args) {
			this.title = title;
			List<String> all = new ArrayList<>(
					List.of("--server.port=0", "--spring.main.banner-mode=off", "--logging.level.root=warn"));
			all.addAll(args);
			this.command = MeasuredProcess.java(List.of("-Xmx512m"), without, EmptyApplication.class, all);
		}

		void start(boolean counts) throws IOException, InterruptedException {
			Process process = new ProcessBuilder(this.command).redirectErrorStream(true).start();
			String output = new String(process.getInputStream().readAllBytes());
			process.waitFor();
			int result = output.lastIndexOf("RESULT ");
			if (result < 0) {
				throw new IOException(output);
			}
			String[] figures = output.substring(result).strip().split("\\s+");
			if (counts) {
				this.times.add(Integer.parseInt(figures[1]));
				this.threads = Integer.parseInt(figures[2]);
			}
		}

		double milliseconds() {
			return Table.median(this.times.stream().mapToDouble(Integer::doubleValue).toArray());
		}

	}

}
