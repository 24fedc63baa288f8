package ai.apertis.passthrough;

import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.StreamListener;
import ai.apertis.client.sse.Verdict;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request that is to be sent upstream.
 *
 * @param request what to send
 * @param permit what its user holds meanwhile
 */
record Admitted(PassThroughRequest request, UserLimits.Permit permit) {

	private static final Log logger = LogFactory.getLog(Admitted.class);

	/**
	 * A token has about four bytes.
	 */
	private static final int BYTES_PER_TOKEN = 4;

	/**
	 * Count what the answer has cost.
	 * @param sent how many bytes were sent upstream
	 */
	StreamListener spending(int sent) {
		return new StreamListener() {

			@Override
			public void ended(Outcome outcome, Verdict verdict, @Nullable Throwable failure) {
				Admitted.this.permit.spend(tokens(outcome, verdict, sent))
					.subscribe(null, (problem) -> logger.error("A user's tokens could not be counted", problem));
			}

		};
	}

	/**
	 * What the gateway says; or else about what has come, so that nobody can spend for
	 * nothing by hanging up before the usage is told.
	 */
	private static long tokens(Outcome outcome, Verdict verdict, int sent) {
		JsonNode usage = verdict.usage();
		if (usage != null) {
			return tokens(usage, "prompt_tokens") + tokens(usage, "completion_tokens");
		}
		boolean billed = verdict.chunks() > 0 || outcome == Outcome.COMPLETED || outcome == Outcome.CANCELLED;
		return billed ? verdict.chunks() + sent / BYTES_PER_TOKEN : 0;
	}

	private static long tokens(JsonNode usage, String name) {
		return Math.max(0, usage.path(name).asLong(0));
	}

}
