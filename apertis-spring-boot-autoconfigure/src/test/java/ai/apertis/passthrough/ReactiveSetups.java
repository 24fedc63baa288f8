package ai.apertis.passthrough;

import java.util.List;

import org.reactivestreams.Publisher;
import org.zalando.logbook.Logbook;
import org.zalando.logbook.spring.webflux.LogbookWebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ResolvableType;
import org.springframework.core.codec.AbstractEncoder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.MimeType;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.cors.reactive.UrlBasedCorsConfigurationSource;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.server.WebFilter;

/**
 * What applications on Spring WebFlux put around a response.
 */
final class ReactiveSetups {

	private ReactiveSetups() {
	}

	@Configuration(proxyBeanMethods = false)
	static class JoiningDecorator {

		@Bean
		WebFilter joiningFilter() {
			return (exchange, chain) -> chain
				.filter(exchange.mutate().response(new Joining(exchange.getResponse())).build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReactiveLogbook {

		@Bean
		WebFilter logbookFilter() {
			return new LogbookWebFilter(Logbook.create());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Cors {

		@Bean
		CorsWebFilter corsFilter() {
			CorsConfiguration cors = new CorsConfiguration();
			cors.setAllowedOrigins(List.of("https://pages.example"));
			cors.addAllowedMethod("POST");
			UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
			source.registerCorsConfiguration("/**", cors);
			return new CorsWebFilter(source);
		}

	}

	/**
	 * An encoder of the application's own, which takes bytes for something else.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Codecs implements WebFluxConfigurer {

		@Override
		public void configureHttpMessageCodecs(ServerCodecConfigurer codecs) {
			codecs.customCodecs().register(new Hexadecimal());
		}

	}

	private static final class Hexadecimal extends AbstractEncoder<byte[]> {

		Hexadecimal() {
			super(MediaType.APPLICATION_JSON);
		}

		@Override
		public boolean canEncode(ResolvableType type, MimeType mimeType) {
			return type.toClass() == byte[].class && super.canEncode(type, mimeType);
		}

		@Override
		public Flux<DataBuffer> encode(Publisher<? extends byte[]> bytes, DataBufferFactory buffers,
				ResolvableType type, MimeType mimeType, java.util.Map<String, Object> hints) {
			return Flux.from(bytes).map((ignored) -> buffers.wrap("\"00\"".getBytes()));
		}

	}

	/**
	 * Logging filters are made so: what is written as a whole is joined, what is written
	 * as a stream is let through.
	 */
	private static final class Joining extends ServerHttpResponseDecorator {

		Joining(ServerHttpResponse delegate) {
			super(delegate);
		}

		@Override
		public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
			return DataBufferUtils.join(body).flatMap((whole) -> super.writeWith(Mono.just(whole)));
		}

		@Override
		public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
			return getDelegate().writeAndFlushWith(body);
		}

	}

}
