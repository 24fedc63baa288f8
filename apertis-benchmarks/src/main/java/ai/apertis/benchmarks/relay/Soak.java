package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;

import ai.apertis.benchmarks.load.Load;
import ai.apertis.benchmarks.measure.MeasuredProcess;
import ai.apertis.benchmarks.measure.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Lets a relay work for long, while others of its clients hang up all the time, and shows
 * whether anything grows. At full speed minutes bring as many events as an hour of 1,000
 * paced streams, which is 36 million.
 */
@Command(name = "soak", mixinStandardHelpOptions = true, showDefaultValues = true,
		description = "Shows whether anything of a relay grows with time.")
public final class Soak implements Callable<Integer> {

	/** What may be there after a step beyond what was there after the first one. */
	private static final double MOST = 1.25;

	@Option(names = "--relay", defaultValue = "APERTIS_WEBFLUX", description = "Which one: ${COMPLETION-CANDIDATES}.")
	private Contender relay = Contender.APERTIS_WEBFLUX;

	@Option(names = "--scenario", defaultValue = "FULL_SPEED", description = "FULL_SPEED, PACED or SHORT.")
	private Scenario scenario = Scenario.FULL_SPEED;

	@Option(names = "--events", defaultValue = "36000000", description = "After how many events to end.")
	private long events;

	@Option(names = "--steps", defaultValue = "6", description = "How often to look.")
	private int steps;

	@Override
	public Integer call() throws Exception {
		Table table = new Table("events", "s", "heap after a collection, KiB", "threads", "files", "failures");
		double first = 0;
		double last = 0;
		long failures = 0;
		try (Backends backends = Backends.start(Set.of(this.relay)); MeasuredProcess process = start(backends)) {
			long start = System.nanoTime();
			for (int step = 1; step <= this.steps; step++) {
				failures += work(process);
				last = process.memory() / 1024.0;
				first = (step == 1) ? last : first;
				table.row("%,d".formatted(step * this.events / this.steps),
						String.valueOf(Duration.ofNanos(System.nanoTime() - start).toSeconds()),
						"%,.0f".formatted(last), String.valueOf(process.threads()), String.valueOf(process.files()),
						String.valueOf(failures));
			}
			if (failures > 0) {
				System.out.println(process.log());
			}
		}
		System.out.println(this.relay.title() + ", " + this.scenario.name().toLowerCase(Locale.ROOT));
		System.out.println();
		System.out.println(table);
		return (last > MOST * first || failures > 0) ? 1 : 0;
	}

	private MeasuredProcess start(Backends backends) throws IOException, InterruptedException {
		int port = MeasuredProcess.freePort();
		return MeasuredProcess.start(port, this.relay.command(port, backends, RelayBenchmark.OPTIONS)).awaitPort();
	}

	/**
	 * Relay the events of a step.
	 * @return how many streams have failed that were not hung up
	 */
	private long work(MeasuredProcess process) throws InterruptedException {
		try (Load load = load(process, this.scenario)) {
			while (load.events() < this.events / this.steps) {
				// these are hung up in the midst of a stream
				try (Load gone = load(process, Scenario.PACED)) {
					Thread.sleep(Math.max(200, gone.open()));
				}
			}
			return load.failures();
		}
	}

	private Load load(MeasuredProcess process, Scenario scenario) throws InterruptedException {
		return new Load(process.port(), this.relay.path(), scenario.script(), scenario.connections());
	}

}
