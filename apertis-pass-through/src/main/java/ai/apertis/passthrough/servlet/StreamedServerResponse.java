package ai.apertis.passthrough.servlet;

import java.io.IOException;

import ai.apertis.passthrough.delivery.StreamedResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.context.request.async.StandardServletAsyncWebRequest;
import org.springframework.web.context.request.async.WebAsyncUtils;
import org.springframework.web.filter.ShallowEtagHeaderFilter;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * {@link ServerResponse} that is written as the stream goes on, by whichever thread reads
 * it.
 */
final class StreamedServerResponse implements ServerResponse {

	private final StreamedResponse streamed;

	StreamedServerResponse(StreamedResponse streamed) {
		this.streamed = streamed;
	}

	@Override
	public HttpStatusCode statusCode() {
		return HttpStatus.OK;
	}

	@Override
	public HttpHeaders headers() {
		return new HttpHeaders();
	}

	@Override
	public MultiValueMap<String, Cookie> cookies() {
		return new LinkedMultiValueMap<>();
	}

	@Override
	public @Nullable ModelAndView writeTo(HttpServletRequest request, HttpServletResponse response, Context context)
			throws IOException {
		// events that are held back to be hashed are no stream
		ShallowEtagHeaderFilter.disableContentCaching(request);
		AsyncContext async = start(request, response);
		ResponseOutput output = new ResponseOutput(this.streamed, async, response);
		ClientWatch watch = ClientWatch.over(request);
		if (OutputWrappers.areNonBlocking(response)) {
			new ResponseWriter(this.streamed, async, output, watch).start();
		}
		else {
			new BlockingResponseWriter(this.streamed, async, output, watch).start();
		}
		return null;
	}

	/**
	 * Start as Spring's own asynchronous responses do, so that its filters know that the
	 * exchange goes on when the handler has returned.
	 */
	private static AsyncContext start(HttpServletRequest request, HttpServletResponse response) {
		StandardServletAsyncWebRequest exchange = new StandardServletAsyncWebRequest(request, response);
		// the limits of the exchange with the gateway are the only ones
		exchange.setTimeout(0L);
		WebAsyncUtils.getAsyncManager(request).setAsyncWebRequest(exchange);
		exchange.startAsync();
		return request.getAsyncContext();
	}

}
