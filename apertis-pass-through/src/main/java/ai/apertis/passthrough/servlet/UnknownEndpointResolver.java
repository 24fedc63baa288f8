package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.io.UncheckedIOException;

import ai.apertis.passthrough.route.BasePath;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.UrlPathHelper;

/**
 * {@link HandlerExceptionResolver} for requests below the base path that match nothing,
 * not even a controller or a file of the application. It responds in the shape of the
 * protocol.
 */
public final class UnknownEndpointResolver implements HandlerExceptionResolver, Ordered {

	private final BasePath basePath;

	/**
	 * Create a resolver.
	 * @param basePath where the pass-through is
	 */
	public UnknownEndpointResolver(BasePath basePath) {
		this.basePath = basePath;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public @Nullable ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
			@Nullable Object handler, Exception failure) {
		String path = path(request);
		boolean unknown = failure instanceof NoResourceFoundException || failure instanceof NoHandlerFoundException;
		if (!unknown || !this.basePath.includes(path)) {
			return null;
		}
		try {
			ResponseOutput.write(this.basePath.nothingAt(request.getMethod(), path), response);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new ModelAndView();
	}

	/**
	 * The path below that of the servlet, where it has one.
	 */
	private static String path(HttpServletRequest request) {
		return ServletRequestPathUtils.hasParsedRequestPath(request)
				? ServletRequestPathUtils.getParsedRequestPath(request).pathWithinApplication().value()
				: UrlPathHelper.defaultInstance.getPathWithinApplication(request);
	}

}
