package ai.apertis.benchmarks;

import ai.apertis.benchmarks.client.ClientBenchmark;
import ai.apertis.benchmarks.relay.ObservationCost;
import ai.apertis.benchmarks.relay.RelayBenchmark;
import ai.apertis.benchmarks.relay.Soak;
import ai.apertis.benchmarks.startup.StartupBenchmark;
import ai.apertis.benchmarks.tally.TallyBenchmark;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Runs one of the benchmarks.
 */
@Command(name = "run", mixinStandardHelpOptions = true, description = "Measures what a token costs.",
		subcommands = { RelayBenchmark.class, Soak.class, ObservationCost.class, ClientBenchmark.class,
				StartupBenchmark.class, TallyBenchmark.class })
public final class Benchmarks {

	private Benchmarks() {
	}

	/**
	 * Run a benchmark, and end.
	 * @param args its name and options
	 */
	public static void main(String[] args) {
		System.exit(new CommandLine(new Benchmarks()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
	}

}
