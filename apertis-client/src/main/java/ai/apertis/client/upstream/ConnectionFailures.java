package ai.apertis.client.upstream;

import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.ConnectionLimitException;

import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Tells what it means that no answer came.
 */
final class ConnectionFailures {

	/** Reactor Netty's exceptions are an inner matter of it, and it need not be there. */
	private static final String POOL_EXHAUSTED = "PoolAcquire";

	private ConnectionFailures() {
	}

	static ConnectionException read(WebClientRequestException failure) {
		Throwable cause = (failure.getCause() != null) ? failure.getCause() : failure;
		if (cause instanceof ConnectionException ours) {
			return ours;
		}
		if (cause.getClass().getSimpleName().startsWith(POOL_EXHAUSTED)) {
			return new ConnectionLimitException(cause);
		}
		return new ConnectionException("No answer from the gateway at " + failure.getUri().getAuthority() + ": "
				+ cause.getClass().getSimpleName(), cause);
	}

	/**
	 * Whether another try makes sense: not if the call has waited for a connection in
	 * vain, can get none any more, or has nothing to ask for one.
	 */
	static boolean mayPass(ConnectionException failure) {
		return !(failure instanceof ConnectionLimitException || failure instanceof ClientClosedException
				|| failure instanceof UnbuiltClientException);
	}

}
