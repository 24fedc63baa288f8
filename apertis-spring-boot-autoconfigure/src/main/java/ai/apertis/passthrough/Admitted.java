package ai.apertis.passthrough;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.observation.UsageEstimate;
import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.StreamListener;
import ai.apertis.client.sse.Verdict;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request that is to be sent upstream.
 *
 * @param request what to send
 * @param permit what its user holds meanwhile
 */
record Admitted(PassThroughRequest request, HeldPermit permit) {

	/**
	 * Count what the answer has cost.
	 * @param sent how many bytes were sent upstream
	 */
	StreamListener spending(int sent) {
		return new StreamListener() {

			@Override
			public void ended(Outcome outcome, Verdict verdict, @Nullable Throwable failure) {
				Admitted.this.permit.spend(tokens(outcome, verdict, sent));
			}

		};
	}

	/**
	 * What the gateway says; and if the answer did not end by itself, at least about what
	 * has come, so that nobody can spend for nothing by hanging up.
	 */
	private long tokens(Outcome outcome, Verdict verdict, int sent) {
		JsonNode json = verdict.usage();
		Usage usage = (json != null) ? Usage.of(json) : null;
		long told = (usage != null) ? Math.max(usage.inputTokens() + usage.outputTokens(), usage.totalTokens()) : 0;
		if (outcome == Outcome.COMPLETED && told > 0) {
			return told;
		}
		boolean billed = verdict.chunks() > 0 || outcome == Outcome.COMPLETED || outcome == Outcome.CANCELLED;
		return billed ? Math.max(told, UsageEstimate.ofSize(sent) + output(outcome, verdict)) : told;
	}

	/**
	 * Of an answer without a stream nothing is known when its client hangs up.
	 */
	private long output(Outcome outcome, Verdict verdict) {
		boolean unseen = outcome == Outcome.CANCELLED && !this.request.isStreaming();
		return unseen ? this.request.mostOutputTokens() : UsageEstimate.ofChunks(verdict);
	}

}
