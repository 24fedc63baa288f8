package ai.apertis.passthrough;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

import org.jspecify.annotations.Nullable;
import org.zalando.logbook.Logbook;
import org.zalando.logbook.servlet.LogbookFilter;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.filter.ShallowEtagHeaderFilter;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * What applications on Spring MVC put around a response.
 */
final class ServletSetups {

	private ServletSetups() {
	}

	@Configuration(proxyBeanMethods = false)
	static class ShallowEtag {

		@Bean
		ShallowEtagHeaderFilter shallowEtagHeaderFilter() {
			return new ShallowEtagHeaderFilter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ServletLogbook {

		@Bean
		Filter logbookFilter() {
			return new LogbookFilter(Logbook.create());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Converters implements WebMvcConfigurer {

		@Override
		public void configureMessageConverters(HttpMessageConverters.ServerBuilder builder) {
			builder.addCustomConverter(new JacksonJsonHttpMessageConverter());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Cors {

		@Bean
		CorsFilter corsFilter() {
			CorsConfiguration cors = new CorsConfiguration();
			cors.setAllowedOrigins(List.of("https://pages.example"));
			cors.addAllowedMethod("POST");
			UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
			source.registerCorsConfiguration("/**", cors);
			return new CorsFilter(source);
		}

	}

	/**
	 * The server is chosen by the properties of the setup.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Jetty {

	}

	/**
	 * Counts what is written, and is not prepared for anything else.
	 */
	@Configuration(proxyBeanMethods = false)
	static class StubWrapper {

		@Bean
		Filter countingFilter() {
			return new OncePerRequestFilter() {

				@Override
				protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response,
						FilterChain chain) throws ServletException, IOException {
					chain.doFilter(request, new Counting(response));
				}

			};
		}

	}

	/**
	 * Keeps the whole response, to log it when it has ended.
	 */
	@Configuration(proxyBeanMethods = false)
	static class ContentCaching {

		@Bean
		Filter cachingFilter() {
			return new OncePerRequestFilter() {

				@Override
				protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response,
						FilterChain chain) throws ServletException, IOException {
					ContentCachingResponseWrapper caching = new ContentCachingResponseWrapper(response);
					chain.doFilter(request, caching);
					if (isAsyncStarted(request)) {
						request.getAsyncContext().addListener(new CopyWhenComplete(caching));
					}
					else {
						caching.copyBodyToResponse();
					}
				}

			};
		}

	}

	private record CopyWhenComplete(ContentCachingResponseWrapper caching) implements AsyncListener {

		@Override
		public void onComplete(AsyncEvent event) throws IOException {
			this.caching.copyBodyToResponse();
		}

		@Override
		public void onTimeout(AsyncEvent event) {
			// it is complete later
		}

		@Override
		public void onError(AsyncEvent event) {
			// it is complete later
		}

		@Override
		public void onStartAsync(AsyncEvent event) {
			event.getAsyncContext().addListener(this);
		}

	}

	private static final class Counting extends HttpServletResponseWrapper {

		private final AtomicLong written = new AtomicLong();

		private @Nullable ServletOutputStream out;

		Counting(HttpServletResponse response) {
			super(response);
		}

		@Override
		public ServletOutputStream getOutputStream() throws IOException {
			ServletOutputStream out = this.out;
			if (out == null) {
				out = new CountingStream(super.getOutputStream(), this.written);
				this.out = out;
			}
			return out;
		}

	}

	private static final class CountingStream extends ServletOutputStream {

		private final ServletOutputStream delegate;

		private final AtomicLong written;

		CountingStream(ServletOutputStream delegate, AtomicLong written) {
			this.delegate = delegate;
			this.written = written;
		}

		@Override
		public boolean isReady() {
			return false;
		}

		@Override
		public void setWriteListener(WriteListener listener) {
			// as such wrappers do
		}

		@Override
		public void write(int b) throws IOException {
			this.written.incrementAndGet();
			this.delegate.write(b);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			this.written.addAndGet(length);
			this.delegate.write(bytes, offset, length);
		}

		@Override
		public void flush() throws IOException {
			this.delegate.flush();
		}

	}

}
