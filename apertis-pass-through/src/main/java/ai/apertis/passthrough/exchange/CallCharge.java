package ai.apertis.passthrough.exchange;

import java.util.Map;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.observation.ChatObservation;
import ai.apertis.client.observation.Price;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.passthrough.limit.CallBudget;
import org.jspecify.annotations.Nullable;

/**
 * Charges one call to its budget when it has ended: by the same figure as the meters, but
 * where these know nothing, by what is most likely billed.
 */
final class CallCharge implements StreamListener {

	private final CallBudget budget;

	private final ChatObservation observation;

	private final Map<String, Price> prices;

	private final boolean streaming;

	private volatile boolean sent;

	/**
	 * Create a charge.
	 * @param budget what is reserved for the call
	 * @param observation knows what the call has cost, once it has ended
	 * @param prices the prices of models
	 * @param streaming whether the answer is streamed
	 */
	CallCharge(CallBudget budget, ChatObservation observation, Map<String, Price> prices, boolean streaming) {
		this.budget = budget;
		this.observation = observation;
		this.prices = prices;
		this.streaming = streaming;
	}

	@Override
	public void sending() {
		this.sent = true;
		this.budget.sent();
	}

	@Override
	public void onRetry(Throwable failure, @Nullable StreamSummary received, @Nullable String model) {
		if (!isFree(failure)) {
			this.budget.retried((received != null) ? received.tokens() : 0);
		}
	}

	@Override
	public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
		Usage usage = this.observation.usage();
		if (usage == null) {
			usage = (this.sent && !isFree(failure)) ? usage(this.budget.promptTokens(), 0) : usage(0, 0);
		}
		if (usage.inputTokens() > 0 && summary.usage() == null) {
			usage = usage(usage.inputTokens(), withUnseen(usage.outputTokens(), outcome, summary));
		}
		Price price = this.observation.price(this.prices);
		long tokens = Math.max(usage.inputTokens() + usage.outputTokens(), usage.totalTokens());
		this.budget.settle(Math.max(0, tokens), (price != null) ? price.ofUsage(usage) : 0);
	}

	/**
	 * The gateway bills nothing that it has refused, or that has not reached it.
	 */
	private static boolean isFree(@Nullable Throwable failure) {
		return failure instanceof ApertisApiException || failure instanceof ConnectionException;
	}

	/**
	 * Of a response that is not streamed nothing is seen before its end, and of one that
	 * is nothing while the model thinks: hanging up makes neither of them cheaper.
	 */
	private long withUnseen(long output, Outcome outcome, StreamSummary summary) {
		if (this.streaming) {
			return output + this.budget.thought();
		}
		return (summary.chunks() > 0 || outcome == Outcome.COMPLETED) ? output
				: Math.max(output, this.budget.granted());
	}

	private static Usage usage(long input, long output) {
		return new Usage(input, output, input + output, 0, 0, 0, Map.of());
	}

}
