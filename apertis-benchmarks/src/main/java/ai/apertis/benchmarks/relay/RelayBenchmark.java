package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

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

	@Option(names = "--launches", defaultValue = "4",
			description = "How often all relays are started anew: launches differ more than rounds.")
	private int launches;

	@Option(names = "--rounds", defaultValue = "1", description = "Rounds of each launch.")
	private int rounds;

	@Option(names = "--seconds", defaultValue = "6", description = "Length of a round.")
	private int seconds;

	@Option(names = "--warm-up", split = ",", defaultValue = "15",
			description = "Seconds of each scenario before the rounds; several to measure after each.")
	private List<Integer> warmUps = new ArrayList<>();

	@Option(names = "--other", description = "A folder with the libraries of another build of this project, such as its"
			+ " apertis-benchmarks/target/lib: our relays are measured with both, in turn.")
	private @Nullable Path other;

	@Option(names = "--option", description = "An option for the virtual machines of the relays.")
	private List<String> options = new ArrayList<>();

	private final Results results = new Results();

	@Override
	public Integer call() throws Exception {
		try (Backends backends = Backends.start(this.relays)) {
			for (int launch = 1; launch <= this.launches; launch++) {
				say("Launch " + launch + " of " + this.launches);
				launch(backends);
			}
		}
		say("");
		say("Java " + Runtime.version() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
				+ this.launches + " launches with " + this.rounds + " rounds of " + this.seconds
				+ " s, medians (lowest-highest)");
		say("");
		say(this.results.toString());
		return 0;
	}

	private void launch(Backends backends) throws IOException, InterruptedException {
		try (Launch launch = new Launch(backends, this.scenarios)) {
			for (Subject relay : subjects()) {
				launch.start(relay, this.options);
			}
			int warm = 0;
			for (int warmUp : this.warmUps.stream().sorted().toList()) {
				launch.warmUp(warmUp - warm);
				warm = warmUp;
				for (int round = 1; round <= this.rounds; round++) {
					launch.measure(this.seconds, this.results, warm);
				}
			}
			launch.measureOpen(this.results);
		}
	}

	private List<Subject> subjects() {
		List<Subject> subjects = new ArrayList<>();
		for (Contender relay : this.relays) {
			if (relay.isAvailable()) {
				subjects.add(new Subject(relay, null));
				if (this.other != null && relay.isOurs()) {
					subjects.add(new Subject(relay, this.other));
				}
			}
			else {
				say(relay.title() + " is left out: this machine has not what it needs");
			}
		}
		return subjects;
	}

	private static void say(String text) {
		System.out.println(text);
	}

}
