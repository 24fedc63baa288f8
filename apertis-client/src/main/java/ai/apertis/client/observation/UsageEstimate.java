package ai.apertis.client.observation;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.stream.StreamSummary;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Usage of a call: as reported by the gateway, completed by an estimate where it was not.
 *
 * @param usage the usage, {@code null} if nothing of an answer has come, so that nothing
 * is billed as far as is known
 * @param estimated whether it may differ from what the gateway bills
 */
record UsageEstimate(@Nullable Usage usage, boolean estimated) {

	/** What costs nothing. */
	static final UsageEstimate NOTHING = new UsageEstimate(null, true);

	/**
	 * What an answer has as a rule, and how fast models write. The gateway goes on with a
	 * response that is not streamed, and bills it, after its client has gone.
	 */
	private static final int USUAL_ANSWER = 500;

	private static final int TOKENS_A_SECOND = 50;

	/** No model writes more. */
	private static final BigDecimal MAX = BigDecimal.valueOf(10_000_000);

	/**
	 * Put together what is known.
	 * @param request what was asked
	 * @param summary what came of the answer, {@code null} if nothing has come
	 * @param outcome how the exchange with the gateway has ended
	 * @param failure why, {@code null} if it has not failed
	 * @param time how long it took
	 * @param estimator counts the tokens of texts, if there is one
	 * @param transcript the answer, if there is an estimator
	 */
	static UsageEstimate of(ObservedRequest request, @Nullable StreamSummary summary, Outcome outcome,
			@Nullable Throwable failure, Duration time, @Nullable TokenEstimator estimator,
			@Nullable Transcript transcript) {
		JsonNode json = (summary != null) ? summary.usage() : null;
		Usage usage = (json != null) ? Usage.of(json) : null;
		if (usage != null && outcome == Outcome.COMPLETED) {
			return new UsageEstimate(usage, false);
		}
		// of what has been given up, or was cut off, the prompt at least has been read
		boolean come = summary != null && summary.chunks() > 0;
		boolean begun = come || outcome == Outcome.COMPLETED || outcome == Outcome.CANCELLED
				|| failure instanceof StreamInterruptedException;
		if (!begun && usage == null) {
			return new UsageEstimate(null, true);
		}
		long input = (usage != null && usage.inputTokens() > 0) ? usage.inputTokens()
				: PromptTokens.of(request.request(), estimator);
		if (usage != null && summary != null) {
			return new UsageEstimate(beyond(usage, input, summary.tokensSinceUsage()), true);
		}
		boolean unseen = !come && !request.streaming() && outcome != Outcome.COMPLETED;
		return new UsageEstimate(
				notReported(input, unseen ? unseen(request, time) : output(request, summary, estimator, transcript)),
				true);
	}

	/**
	 * Of a response that is not streamed nothing is seen before its end.
	 */
	private static long unseen(ObservedRequest request, Duration time) {
		long max = Math.max(number(request, "max_tokens"), number(request, "max_completion_tokens"));
		long usual = Math.max(USUAL_ANSWER, TOKENS_A_SECOND * time.toSeconds());
		return Math.max(1, number(request, "n")) * ((max > 0) ? Math.min(max, usual) : usual);
	}

	private static long number(ObservedRequest request, String parameter) {
		Object value = request.parameters().apply(parameter);
		boolean number = value instanceof Number || (value instanceof JsonNode json && json.isNumber());
		return number ? new BigDecimal(String.valueOf(value)).min(MAX).longValue() : 0;
	}

	/**
	 * Add what a further attempt has cost.
	 */
	UsageEstimate and(UsageEstimate next) {
		Usage first = this.usage;
		Usage second = next.usage();
		if (first == null || second == null) {
			return (first == null) ? next : new UsageEstimate(first, true);
		}
		return new UsageEstimate(first.plus(second), this.estimated || next.estimated());
	}

	/**
	 * What was told at the beginning, or on the way, and what has come since.
	 */
	private static Usage beyond(Usage usage, long input, long since) {
		long output = usage.outputTokens() + since;
		return new Usage(input, output, Math.max(usage.totalTokens(), input + output), usage.cachedInputTokens(),
				usage.cacheWriteInputTokens(), usage.reasoningOutputTokens(), usage.extra());
	}

	private static Usage notReported(long input, long output) {
		return new Usage(input, output, input + output, 0, 0, 0, Map.of());
	}

	private static long output(ObservedRequest request, @Nullable StreamSummary summary,
			@Nullable TokenEstimator estimator, @Nullable Transcript transcript) {
		if (summary == null) {
			return 0;
		}
		if (estimator == null || transcript == null) {
			return summary.tokens();
		}
		String text = transcript.text();
		long output = text.isEmpty() ? 0 : estimator.tokens(text, request.model());
		// of what was too much to keep, or is no text, only the protocol knows
		return (transcript.isWhole() && output > 0) ? output : Math.max(output, summary.tokens());
	}

}
