package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import ai.apertis.benchmarks.load.Load;
import ai.apertis.benchmarks.measure.MeasuredProcess;

/**
 * One launch of all relays, each a process of its own.
 */
final class Launch implements AutoCloseable {

	private final Backends backends;

	private final Set<Scenario> scenarios;

	private final Map<Subject, MeasuredProcess> running = new LinkedHashMap<>();

	/**
	 * Prepare a launch.
	 * @param backends what stands behind the relays
	 * @param scenarios what the relays are asked
	 */
	Launch(Backends backends, Set<Scenario> scenarios) {
		this.backends = backends;
		this.scenarios = scenarios;
	}

	/**
	 * Start a relay.
	 * @param options options of its virtual machine, in which {@code %n} is its name
	 */
	void start(Subject relay, List<String> options) throws IOException, InterruptedException {
		List<String> all = new ArrayList<>(RelayBenchmark.OPTIONS);
		options.forEach((option) -> all.add(option.replace("%n", relay.contender().name())));
		int port = MeasuredProcess.freePort();
		this.running.put(relay, MeasuredProcess.start(port, relay.command(port, this.backends, all)).awaitPort());
	}

	/**
	 * Put all relays to work, one after the other.
	 * @param seconds how long for each scenario
	 */
	void warmUp(int seconds) throws InterruptedException {
		for (Map.Entry<Subject, MeasuredProcess> relay : this.running.entrySet()) {
			for (Scenario scenario : repeated()) {
				try (Load load = load(relay.getKey(), relay.getValue(), scenario)) {
					Thread.sleep(seconds * 1000L);
				}
			}
		}
	}

	/**
	 * Measure each relay once in each scenario.
	 * @param seconds how long for each
	 * @param results takes what was measured
	 * @param warmUp for how many seconds each scenario went before
	 */
	void measure(int seconds, Results results, int warmUp) throws IOException, InterruptedException {
		for (Scenario scenario : repeated()) {
			if (scenario == Scenario.PACED) {
				try (Load load = new Load(this.backends.gateway().port(), "/", scenario.script(),
						scenario.connections())) {
					results.addDirect(Measurement.of(this.backends.gateway(), null, scenario, load, seconds));
				}
			}
			for (Map.Entry<Subject, MeasuredProcess> relay : this.running.entrySet()) {
				awaitQuiet();
				try (Load load = load(relay.getKey(), relay.getValue(), scenario)) {
					results.add(relay.getKey(), warmUp, scenario, Measurement.of(relay.getValue(),
							this.backends.storeOf(relay.getKey().contender()), scenario, load, seconds));
				}
			}
		}
	}

	/**
	 * Measure what open streams hold.
	 */
	void measureOpen(Results results) throws IOException, InterruptedException {
		if (!this.scenarios.contains(Scenario.OPEN)) {
			return;
		}
		for (Map.Entry<Subject, MeasuredProcess> relay : this.running.entrySet()) {
			long before = relay.getValue().memory();
			try (Load load = load(relay.getKey(), relay.getValue(), Scenario.OPEN)) {
				int most = Scenario.OPEN.connections();
				for (int i = 0; i < 60 && load.open() < most; i++) {
					Thread.sleep(1000);
				}
				int open = load.open();
				long each = (relay.getValue().memory() - before) / Math.max(open, 1);
				Thread.sleep(2000);
				results.addOpen(relay.getKey(), each / 1024.0, most - load.open());
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
		System.out.println("The relays do not come to rest");
	}

	private Duration cpu() {
		return this.running.values().stream().map(MeasuredProcess::cpu).reduce(Duration.ZERO, Duration::plus);
	}

	private List<Scenario> repeated() {
		return this.scenarios.stream().filter((scenario) -> scenario != Scenario.OPEN).toList();
	}

	private static Load load(Subject relay, MeasuredProcess process, Scenario scenario) throws InterruptedException {
		return new Load(process.port(), relay.contender().path(), scenario.script(), scenario.connections());
	}

	@Override
	public void close() throws InterruptedException {
		for (MeasuredProcess relay : this.running.values()) {
			relay.close();
		}
	}

}
