package ai.apertis.passthrough.exchange;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.passthrough.limit.HeldPermit;
import ai.apertis.passthrough.route.RoutedRequest;
import org.jspecify.annotations.Nullable;

/**
 * Request that has been admitted, and may be sent upstream.
 *
 * @param request what to send
 * @param permit what its user holds meanwhile
 */
record AdmittedRequest(RoutedRequest request, HeldPermit permit) {

	/**
	 * Count what the answer has cost, by the same figure as the meters.
	 * @param observation knows it, once it has ended
	 */
	StreamListener spending(ChatObservation observation) {
		return new StreamListener() {

			@Override
			public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
				boolean unseen = summary.chunks() == 0
						&& (outcome == Outcome.CANCELLED || outcome == Outcome.INTERRUPTED);
				AdmittedRequest.this.permit.spend(tokens(observation.usage(), unseen));
			}

		};
	}

	/**
	 * Of a response that is not streamed nothing is seen before its end, and it is billed
	 * all the same: hanging up does not make it cheaper.
	 */
	private long tokens(@Nullable Usage usage, boolean unseen) {
		if (usage == null) {
			return 0;
		}
		long known = Math.max(usage.inputTokens() + usage.outputTokens(), usage.totalTokens());
		boolean whole = !this.request.isStreaming();
		return (unseen && whole) ? Math.max(known, usage.inputTokens() + this.request.maxOutputTokens())
				: Math.max(0, known);
	}

}
