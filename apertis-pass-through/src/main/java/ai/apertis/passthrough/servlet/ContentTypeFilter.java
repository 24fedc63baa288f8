package ai.apertis.passthrough.servlet;

import java.io.IOException;

import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;

/**
 * {@link Filter} that refuses content types with a wildcard, at which Spring MVC fails
 * before it looks for a route.
 */
public final class ContentTypeFilter implements Filter {

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		String contentType = request.getContentType();
		if (contentType != null && contentType.indexOf('*') >= 0 && response instanceof HttpServletResponse http) {
			ResponseOutput.write(new OpenAiErrorFormat().response(PassThrough.unsupportedMediaType()), http);
		}
		else {
			chain.doFilter(request, response);
		}
	}

}
