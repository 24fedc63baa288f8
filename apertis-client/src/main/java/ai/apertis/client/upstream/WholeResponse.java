package ai.apertis.client.upstream;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;

/**
 * Judges a response that is not streamed by its content, as if it were the only event of
 * a stream, and notifies the listener once of its end.
 */
final class WholeResponse {

	private static final Log logger = LogFactory.getLog(WholeResponse.class);

	private final ApiProtocol protocol;

	private final StreamLimits limits;

	private final StreamListener listener;

	/** What is being read now. */
	private volatile @Nullable WholeBody body;

	/** What has been read of it. */
	private volatile @Nullable StreamSummary summary;

	private final AtomicBoolean ended = new AtomicBoolean();

	WholeResponse(ApiProtocol protocol, StreamLimits limits, StreamListener listener) {
		this.protocol = protocol;
		this.limits = limits;
		this.listener = listener;
	}

	/**
	 * The answer to an attempt has begun.
	 */
	void begun(WholeBody body) {
		this.body = body;
	}

	/**
	 * The attempt has failed, and is retried.
	 */
	void onRetry(Throwable failure, @Nullable String model) {
		this.listener.onRetry(failure, received(failure), model);
		this.body = null;
		this.summary = null;
	}

	/**
	 * Look at an answer.
	 * @throws ApertisException if it reports an error, or is no JSON
	 */
	void look(UpstreamResponse response) {
		GatewayError error;
		try {
			error = observe(response.json()).error();
		}
		catch (JacksonException ex) {
			throw new MalformedChunkException("The gateway's answer is not the JSON of a completion");
		}
		if (error != null) {
			throw ApertisApiException.of(error.impliedStatus(), error.redacted(UnaryOperator.identity()),
					response.headers(), "");
		}
	}

	private StreamProtocol observe(byte[] json) {
		StreamProtocol judged = this.protocol.start(1, this.limits);
		Event whole = Event.of(json);
		judged.observe(whole);
		this.listener.chunk(whole);
		this.summary = judged.summary();
		return judged;
	}

	/**
	 * Look at what has come of an answer that was cut off or given up.
	 * @param failure takes the partial completion
	 */
	private @Nullable StreamSummary received(@Nullable Throwable failure) {
		if (this.summary != null) {
			return this.summary;
		}
		WholeBody body = this.body;
		byte[] json = (body != null) ? body.received() : new byte[0];
		if (json.length == 0) {
			return null;
		}
		try {
			StreamSummary received = observe(json).summary();
			if (failure instanceof ApertisException exception && received.chunks() > 0) {
				this.protocol.keepReceived(exception, json);
			}
			return received;
		}
		catch (JacksonException ex) {
			// nothing is known of what can't be read
			return null;
		}
	}

	private @Nullable StreamSummary receivedAtEnd(@Nullable Throwable failure) {
		try {
			return received(failure);
		}
		catch (RuntimeException ex) {
			logger.error("What has come of an answer can't be counted", ex);
			return null;
		}
	}

	/**
	 * Notify the listener of the end of the last attempt.
	 */
	Mono<UpstreamResponse> judge(Mono<UpstreamResponse> response) {
		return response.doOnNext((whole) -> end(Outcome.COMPLETED, null))
			.doOnError((failure) -> end(Outcome.of(failure), failure))
			.doOnCancel(() -> end(Outcome.CANCELLED, null));
	}

	private void end(Outcome outcome, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			try {
				StreamSummary received = receivedAtEnd(failure);
				this.body = null;
				this.listener.ended(outcome, (received != null) ? received : StreamSummary.NONE, failure);
			}
			catch (RuntimeException ex) {
				// the answer is whole all the same
				logger.error("A listener has failed at the end of an answer", ex);
			}
		}
	}

}
