package ai.apertis.client.stream;

import java.util.function.UnaryOperator;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.error.StreamTimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

import org.springframework.http.HttpHeaders;

/**
 * The exceptions with which a stream fails.
 *
 * @param redaction takes secrets out of what the gateway says
 */
record StreamFailures(UnaryOperator<String> redaction) {

	/**
	 * The gateway has reported an error inside the stream.
	 * @param headers the headers of the response
	 */
	ApertisException reported(@Nullable GatewayError error, HttpHeaders headers) {
		if (error == null) {
			throw new IllegalStateException("A stream has failed without an error");
		}
		GatewayError redacted = error.redacted(this.redaction);
		return ApertisApiException.of(redacted.impliedStatus(), redacted, headers, "");
	}

	/**
	 * The stream has ended before the answer was whole.
	 * @param cause why its body has broken off, {@code null} if it has not
	 */
	ApertisException interrupted(@Nullable Throwable cause, StreamProtocol protocol) {
		if (cause instanceof StreamTimeoutException timeout) {
			return timeout;
		}
		return (cause != null)
				? new StreamInterruptedException("The connection broke before the answer was whole", cause)
				: new StreamInterruptedException(protocol.interruption(), null);
	}

	/**
	 * An event cannot be read, or the reader has a fault.
	 * @param event the number of the event
	 */
	ApertisException unreadable(RuntimeException cause, long event) {
		if (cause instanceof JacksonException) {
			// the parser's own message may quote content
			return new MalformedChunkException("Event " + event + " of the stream is not the JSON object of a chunk ("
					+ cause.getClass().getSimpleName() + ")");
		}
		return (cause instanceof ApertisException failure) ? failure
				: new ApertisException("The stream could not be read: " + cause.getClass().getSimpleName(), cause);
	}

}
