package ai.apertis.passthrough;

import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Keeps all spans of Spring Boot's own tracing, of which it would sample some.
 */
@Configuration(proxyBeanMethods = false)
class Tracing {

	/**
	 * No candidate for Spring Boot's own processor, which would export all spans again.
	 */
	@Bean(defaultCandidate = false)
	InMemorySpanExporter spans() {
		return InMemorySpanExporter.create();
	}

	@Bean
	Sampler sampler() {
		return Sampler.alwaysOn();
	}

	/**
	 * As soon as they end, where Spring Boot's own waits for some more.
	 */
	@Bean
	SpanProcessor spanProcessor(@Qualifier("spans") InMemorySpanExporter spans) {
		return SimpleSpanProcessor.create(spans);
	}

}
