package ai.apertis.passthrough;

import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Keeps all spans of Spring Boot's own tracing, of which it would sample some.
 */
@Configuration(proxyBeanMethods = false)
class Tracing {

	@Bean
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
	SpanProcessor spanProcessor(InMemorySpanExporter spans) {
		return SimpleSpanProcessor.create(spans);
	}

}
