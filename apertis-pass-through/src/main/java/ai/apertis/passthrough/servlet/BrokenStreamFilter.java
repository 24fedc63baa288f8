package ai.apertis.passthrough.servlet;

import java.io.IOException;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;

import org.apache.catalina.connector.ClientAbortException;

import org.springframework.util.ClassUtils;

/**
 * {@link Filter} that breaks a response off without its terminating chunk, the only
 * ending that makes every client see a failure. A servlet container does so only if an
 * exception leaves its own thread, so the request is dispatched once more for this filter
 * to throw one. It must precede all other filters, which have seen the request already.
 * <p>
 * Needed until the servlet API can abort a response.
 *
 * @see <a href=
 * "https://github.com/spring-projects/spring-boot/issues/27624">spring-boot#27624</a>
 */
public final class BrokenStreamFilter implements Filter {

	private static final String BROKEN = BrokenStreamFilter.class.getName() + ".BROKEN";

	private static final boolean TOMCAT = ClassUtils.isPresent("org.apache.catalina.connector.ClientAbortException",
			BrokenStreamFilter.class.getClassLoader());

	static void breakOff(AsyncContext async) {
		async.getRequest().setAttribute(BROKEN, true);
		async.dispatch();
	}

	/**
	 * Return whether the response to a request is broken off.
	 */
	static boolean isBrokenOff(ServletRequest request) {
		return request.getAttribute(BROKEN) != null;
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (isBrokenOff(request)) {
			String message = "The stream has failed; its client has been told";
			throw TOMCAT ? Tomcat.abort(message) : new IOException(message);
		}
		chain.doFilter(request, response);
	}

	/**
	 * Tomcat closes the connection at this exception, and neither logs it nor adds an
	 * error page to the response.
	 */
	private static final class Tomcat {

		static IOException abort(String message) {
			return new ClientAbortException(message);
		}

	}

}
