package ai.apertis.client.upstream;

import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionException;

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
		if (cause instanceof ClientClosedException closed) {
			return closed;
		}
		if (isPoolExhausted(cause)) {
			return new ConnectionException("All connections to the gateway are in use, each by a stream:"
					+ " raise apertis.http.pool.max-connections, or make fewer calls at a time", cause);
		}
		return new ConnectionException("No answer from the gateway at " + failure.getUri().getAuthority() + ": "
				+ cause.getClass().getSimpleName(), cause);
	}

	/**
	 * Whether another try makes sense: not if the call has waited for a connection in
	 * vain, or can get none any more.
	 */
	static boolean mayPass(ConnectionException failure) {
		boolean exhausted = failure.getCause() != null && isPoolExhausted(failure.getCause());
		return !exhausted && !(failure instanceof ClientClosedException);
	}

	private static boolean isPoolExhausted(Throwable cause) {
		return cause.getClass().getSimpleName().startsWith(POOL_EXHAUSTED);
	}

}
