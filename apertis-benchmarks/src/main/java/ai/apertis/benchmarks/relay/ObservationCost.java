package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import ai.apertis.benchmarks.load.Load;
import ai.apertis.benchmarks.measure.MeasuredProcess;
import ai.apertis.benchmarks.measure.Table;
import ai.apertis.benchmarks.relay.ObservationSwitch.Observed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures what observation costs by turning it off and on in one process: two processes
 * differ by more, as their compilers make different code of the same classes.
 */
@Command(name = "observation", mixinStandardHelpOptions = true, showDefaultValues = true,
		description = "Measures what meters cost a relay for each event.")
public final class ObservationCost implements Callable<Integer> {

	@Option(names = "--scenarios", split = ",", description = "Which ones: ${COMPLETION-CANDIDATES}.")
	private Set<Scenario> scenarios = EnumSet.of(Scenario.FULL_SPEED, Scenario.PACED, Scenario.SHORT);

	@Option(names = "--rounds", defaultValue = "12", description = "Rounds, of which the median counts.")
	private int rounds;

	@Option(names = "--seconds", defaultValue = "5", description = "Length of a measurement.")
	private int seconds;

	@Option(names = "--warm-up", defaultValue = "20", description = "Seconds of each scenario before the first round.")
	private int warmUp;

	private final HttpClient switches = HttpClient.newHttpClient();

	private final Map<Scenario, Map<Observed, List<Measurement>>> measured = new EnumMap<>(Scenario.class);

	@Override
	public Integer call() throws Exception {
		int port = MeasuredProcess.freePort();
		try (Backends backends = Backends.start(Set.of(Contender.APERTIS_WEBFLUX))) {
			List<String> command = new ArrayList<>(
					Contender.APERTIS_WEBFLUX.command(port, backends, RelayBenchmark.OPTIONS));
			command.add("--spring.main.sources=" + ObservationSwitch.class.getName());
			try (MeasuredProcess relay = MeasuredProcess.start(port, command).awaitPort()) {
				measure(relay);
			}
		}
		print();
		return 0;
	}

	private void measure(MeasuredProcess relay) throws IOException, InterruptedException {
		for (Scenario scenario : this.scenarios) {
			System.out.println("Warming up, " + scenario);
			for (Observed observed : Observed.values()) {
				turn(relay, observed);
				try (Load load = load(relay, scenario)) {
					Thread.sleep(this.warmUp * 1000L / Observed.values().length);
				}
			}
		}
		List<Observed> order = new ArrayList<>(List.of(Observed.values()));
		Random random = new Random(1);
		for (int round = 1; round <= this.rounds; round++) {
			System.out.println("Round " + round);
			for (Scenario scenario : this.scenarios) {
				// none comes always behind the same other one
				Collections.shuffle(order, random);
				for (Observed observed : order) {
					measure(relay, scenario, observed);
				}
			}
		}
	}

	private void measure(MeasuredProcess relay, Scenario scenario, Observed observed)
			throws IOException, InterruptedException {
		turn(relay, observed);
		// what the last load has left is cleared away
		Thread.sleep(1000);
		try (Load load = load(relay, scenario)) {
			this.measured.computeIfAbsent(scenario, (key) -> new EnumMap<>(Observed.class))
				.computeIfAbsent(observed, (key) -> new ArrayList<>())
				.add(Measurement.of(relay, null, scenario, load, this.seconds));
		}
	}

	private void turn(MeasuredProcess relay, Observed observed) throws IOException, InterruptedException {
		HttpResponse<Void> response = this.switches
			.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + relay.port() + "/observed/" + observed))
				.timeout(Duration.ofSeconds(10))
				.POST(BodyPublishers.noBody())
				.build(), BodyHandlers.discarding());
		if (response.statusCode() != 204) {
			throw new IOException("It cannot be switched: " + response.statusCode());
		}
	}

	private static Load load(MeasuredProcess relay, Scenario scenario) throws InterruptedException {
		return new Load(relay.port(), Contender.APERTIS_WEBFLUX.path(), scenario.script(), scenario.connections());
	}

	private void print() {
		Table table = new Table("scenario", "nothing, µs", "HTTP, µs", "all, µs", "HTTP more than nothing, %",
				"all more than HTTP, %", "all more than nothing, %", "failures");
		for (Scenario scenario : this.scenarios) {
			double[] nothing = costs(scenario, Observed.NOTHING);
			double[] http = costs(scenario, Observed.HTTP);
			double[] all = costs(scenario, Observed.ALL);
			long failures = Stream.of(Observed.values())
				.flatMap((observed) -> measured(scenario, observed).stream())
				.mapToLong(Measurement::failures)
				.sum();
			table.row(scenario.name(), "%.2f".formatted(Table.median(nothing)), "%.2f".formatted(Table.median(http)),
					"%.2f".formatted(Table.median(all)), more(nothing, http), more(http, all), more(nothing, all),
					String.valueOf(failures));
		}
		System.out.println();
		System.out.println("Java " + Runtime.version() + ", " + this.rounds + " rounds of " + this.seconds
				+ " s; medians, and between what half of the rounds lie");
		System.out.println();
		System.out.println(table);
	}

	private List<Measurement> measured(Scenario scenario, Observed observed) {
		return this.measured.getOrDefault(scenario, Map.of()).getOrDefault(observed, List.of());
	}

	private double[] costs(Scenario scenario, Observed observed) {
		return measured(scenario, observed).stream()
			.mapToDouble((scenario == Scenario.SHORT) ? Measurement::cpuPerStream : Measurement::cpuPerEvent)
			.toArray();
	}

	private static String more(double[] before, double[] after) {
		double[] more = new double[before.length];
		for (int i = 0; i < more.length; i++) {
			more[i] = 100 * (after[i] / before[i] - 1);
		}
		return "%.1f (%.1f to %.1f)".formatted(Table.median(more), Table.quantile(more, 0.25),
				Table.quantile(more, 0.75));
	}

}
