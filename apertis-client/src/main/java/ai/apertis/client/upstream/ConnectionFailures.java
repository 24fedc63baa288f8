package ai.apertis.client.upstream;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;

import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.ConnectionLimitException;
import ai.apertis.client.error.Setting;

import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * Explains why no response came.
 */
final class ConnectionFailures {

	/** Reactor Netty's exceptions are an inner matter of it, and it need not be there. */
	private static final String POOL_EXHAUSTED = "PoolAcquire";

	private static final int MAX_MESSAGE_LENGTH = 200;

	private static final Pattern REFUSED = Pattern.compile(".*[Rr]efused((?:: \\S+)?)");

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
		return new ConnectionException(
				"No answer from the gateway at " + failure.getUri().getAuthority() + ": " + reason(cause), cause);
	}

	private static String reason(Throwable cause) {
		String name = cause.getClass().getSimpleName();
		if (cause instanceof UnknownHostException) {
			return "its name cannot be resolved; check " + Setting.BASE_URL + ", or set " + Setting.PROXY
					+ " if there is one on the way";
		}
		if (name.contains("ConnectTimeout")) {
			return "no connection within " + Setting.CONNECT_TIMEOUT;
		}
		if (name.contains("ProxyConnect")) {
			return "the proxy on the way to it does not connect (" + message(cause) + ")";
		}
		if (name.contains("NotSslRecord")) {
			return "it does not speak TLS; should " + Setting.BASE_URL + " begin with http://?";
		}
		if (cause instanceof SSLException) {
			return "there is no secure connection (" + message(cause) + "); for an authority of your own, set "
					+ Setting.SSL;
		}
		return (cause instanceof ConnectException) ? refusal(message(cause)) : name;
	}

	private static String refusal(String message) {
		Matcher refused = REFUSED.matcher(message);
		return refused.matches()
				? "the connection is refused" + refused.group(1).replace(": ", " by ") + "; check " + Setting.BASE_URL
				: message;
	}

	/**
	 * Messages of connections contain addresses and reasons, never what was sent.
	 */
	private static String message(Throwable cause) {
		String message = cause.getMessage();
		if (message == null || message.isBlank()) {
			return cause.getClass().getSimpleName();
		}
		return message.substring(0, Math.min(message.length(), MAX_MESSAGE_LENGTH)).replaceAll("\\p{Cntrl}+", " ");
	}

	/**
	 * Return whether another try makes sense: not if the call has waited for a connection
	 * in vain, can get none any more, or has nothing to ask for one.
	 */
	static boolean mayPass(ConnectionException failure) {
		return !(failure instanceof ConnectionLimitException || failure instanceof ClientClosedException
				|| failure instanceof UnbuiltClientException);
	}

}
