package ai.apertis.benchmarks.tally;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.benchmarks.tally.Kind.Answer;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.observation.ChatObservationContext;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the gateway has billed, and what has been recorded of it. Which call is which the
 * member {@code user} of its request tells.
 */
final class Tally implements ObservationHandler<ChatObservationContext> {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final Map<Kind, Row> rows = new EnumMap<>(Kind.class);

	private final Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();

	Tally() {
		for (Kind kind : Kind.values()) {
			this.rows.put(kind, new Row());
		}
	}

	/**
	 * Answer a request as its kind does, and write down what it costs.
	 */
	Reply answer(RecordedRequest request) {
		String call = JSON.readTree(request.body()).path("user").asString();
		int attempt = this.attempts.computeIfAbsent(call, (key) -> new AtomicInteger()).getAndIncrement();
		Answer answer = kind(call).answer(id(call), attempt);
		Row row = row(kind(call));
		synchronized (row) {
			row.billedInput += answer.input();
			row.billedOutput += answer.output();
		}
		return answer.reply();
	}

	static Kind kind(String call) {
		return Kind.valueOf(call.substring(0, call.indexOf('-')));
	}

	private static int id(String call) {
		return Integer.parseInt(call.substring(call.indexOf('-') + 1));
	}

	Row row(Kind kind) {
		return this.rows.getOrDefault(kind, new Row());
	}

	@Override
	public void onStop(ChatObservationContext context) {
		String call = String.valueOf(context.request().parameters().apply("user")).replace("\"", "");
		Row row = row(kind(call));
		Usage usage = context.usage();
		synchronized (row) {
			row.records++;
			row.outcomes.merge(String.valueOf(context.outcome()).toLowerCase(), 1, Integer::sum);
			if (usage != null) {
				row.input += usage.inputTokens();
				row.output += usage.outputTokens();
			}
		}
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof ChatObservationContext;
	}

	/**
	 * All calls of one kind.
	 */
	static final class Row {

		private int calls;

		private int records;

		private final Map<String, Integer> outcomes = new TreeMap<>();

		private long billedInput;

		private long billedOutput;

		private long input;

		private long output;

		synchronized void called() {
			this.calls++;
		}

		synchronized int calls() {
			return this.calls;
		}

		synchronized int records() {
			return this.records;
		}

		/**
		 * Return whether the figures are what they should be.
		 */
		synchronized boolean isRight(Kind kind, double tolerance) {
			if (this.records != this.calls) {
				return false;
			}
			if (kind.hangsUpAfter(0) > 0) {
				// what was on the way when the client went is known to nobody
				return this.output <= this.billedOutput * (1 + tolerance) && this.input > 0;
			}
			return kind.isTold() ? this.input == this.billedInput && this.output == this.billedOutput
					: isNear(this.input, this.billedInput, tolerance)
							&& isNear(this.output, this.billedOutput, tolerance);
		}

		private static boolean isNear(long figure, long truth, double tolerance) {
			return Math.abs(figure - truth) <= tolerance * truth;
		}

		synchronized String[] cells(Kind kind, double tolerance) {
			return new String[] { kind.name().toLowerCase().replace('_', ' '), String.valueOf(this.calls),
					String.valueOf(this.records), this.outcomes.toString(),
					this.billedInput + " / " + this.billedOutput, this.input + " / " + this.output,
					share(this.input, this.billedInput) + " / " + share(this.output, this.billedOutput),
					isRight(kind, tolerance) ? "yes" : "NO" };
		}

		private static String share(long figure, long truth) {
			return (truth == 0) ? "-" : "%.3f".formatted((double) figure / truth);
		}

	}

}
