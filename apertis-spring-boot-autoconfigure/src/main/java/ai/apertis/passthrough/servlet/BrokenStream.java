package ai.apertis.passthrough.servlet;

import java.io.IOException;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;

import org.apache.coyote.CloseNowException;

import org.springframework.util.ClassUtils;

/**
 * Breaks a response off, without its terminating chunk: only this ending makes every
 * client see a failure. A servlet container does so only if an exception leaves its own
 * thread, so that the request is dispatched once more to throw one.
 */
final class BrokenStream {

	private static final String FAILED = BrokenStream.class.getName();

	private static final boolean TOMCAT = ClassUtils.isPresent("org.apache.coyote.CloseNowException",
			BrokenStream.class.getClassLoader());

	private BrokenStream() {
	}

	static void breakOff(AsyncContext async) {
		async.getRequest().setAttribute(FAILED, true);
		async.dispatch();
	}

	static void throwIfFailed(ServletRequest request) throws IOException {
		if (request.getAttribute(FAILED) != null) {
			String message = "The stream has failed; the client has been told";
			throw TOMCAT ? Tomcat.closeNow(message) : new IOException(message);
		}
	}

	/**
	 * Tomcat closes the connection at this exception without a word in the log.
	 */
	private static final class Tomcat {

		static IOException closeNow(String message) {
			return new CloseNowException(message);
		}

	}

}
