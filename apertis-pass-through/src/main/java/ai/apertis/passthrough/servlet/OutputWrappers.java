package ai.apertis.passthrough.servlet;

import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;

import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * Detects whether the wrappers that filters have put around a response support non-
 * blocking writes. Those of applications seldom do: they answer {@code isReady()} with a
 * constant, and never call the write listener.
 */
final class OutputWrappers {

	private static final String SPRING = "org.springframework.";

	private OutputWrappers() {
	}

	/**
	 * Return whether the output stream of a response is the container's, or one that is
	 * known to ask the container.
	 */
	static boolean areNonBlocking(ServletResponse response) {
		ServletResponse current = response;
		while (current instanceof ServletResponseWrapper wrapper) {
			if (!isNonBlocking(wrapper.getClass())) {
				return false;
			}
			current = wrapper.getResponse();
		}
		return true;
	}

	private static boolean isNonBlocking(Class<?> wrapper) {
		if (ContentCachingResponseWrapper.class.isAssignableFrom(wrapper)) {
			// what it keeps is copied without asking whether the container is ready
			return false;
		}
		try {
			Class<?> declaring = wrapper.getMethod("getOutputStream").getDeclaringClass();
			return declaring == ServletResponseWrapper.class || declaring.getName().startsWith(SPRING);
		}
		catch (NoSuchMethodException ex) {
			// hidden in a native image, so that nothing is known of it
			return false;
		}
	}

}
