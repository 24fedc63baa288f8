package ai.apertis.benchmarks.tally;

import java.util.List;
import java.util.concurrent.Callable;

import ai.apertis.benchmarks.measure.MeasuredProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Holds what the pass-through has recorded of many mixed calls against the gateway's own
 * tally, on both web stacks: what was told must be right to the token, and what was not,
 * near.
 */
@Command(name = "tally", mixinStandardHelpOptions = true,
		description = "Holds the meters against the gateway's own tally.")
public final class TallyBenchmark implements Callable<Integer> {

	private static final String WITHOUT = "jmh-.*|picocli-.*|spring-cloud-.*|spring-ai-.*|langchain4j-.*|openai-.*";

	@Option(names = "--calls", description = "How many calls are made on each stack (default: ${DEFAULT-VALUE})")
	private int calls = 10_000;

	@Option(names = "--at-a-time", description = "How many are under way (default: ${DEFAULT-VALUE})")
	private int atATime = 100;

	@Override
	public Integer call() throws Exception {
		int failed = 0;
		for (String stack : List.of("servlet", "reactive")) {
			for (String disconnect : List.of("cancel", "drain")) {
				for (boolean exact : new boolean[] { false, true }) {
					failed += run(stack, disconnect, exact);
				}
			}
		}
		return (failed == 0) ? 0 : 1;
	}

	private int run(String stack, String disconnect, boolean exact) throws Exception {
		System.out.println();
		System.out.println(
				stack + ", on-disconnect=" + disconnect + (exact ? ", with a tokenizer" : ", without a tokenizer"));
		System.out.println();
		List<String> args = List.of(String.valueOf(this.calls), String.valueOf(this.atATime), exact ? "0.03" : "0.15",
				"--server.port=0", "--spring.main.web-application-type=" + stack, "--spring.main.banner-mode=off",
				"--logging.level.root=error", "--logging.level.reactor.core.publisher.Operators=off",
				"--apertis.api-key=tally", "--apertis.pass-through.enabled=true",
				"--apertis.pass-through.on-disconnect=" + disconnect, "--apertis.stream.idle-timeout=2s",
				"--apertis.retry.max-retries=1", "--apertis.retry.initial-delay=10ms",
				"--apertis.retry.failover=other");
		return new ProcessBuilder(MeasuredProcess.java(List.of("-Xmx1g"), exact ? WITHOUT : WITHOUT + "|jtokkit-.*",
				TallyApplication.class, args))
			.inheritIO()
			.start()
			.waitFor();
	}

}
