package ai.apertis.benchmarks.relay;

import io.micrometer.observation.ObservationPredicate;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * Says what an application observes, while it runs.
 */
@Configuration(proxyBeanMethods = false)
class ObservationSwitch {

	private volatile Observed observed = Observed.ALL;

	@Bean
	ObservationPredicate switched() {
		return (name, context) -> switch (this.observed) {
			case NOTHING -> false;
			case HTTP -> !name.startsWith("gen_ai.");
			case ALL -> true;
		};
	}

	@Bean
	RouterFunction<ServerResponse> switchRoutes() {
		return RouterFunctions.route().POST("/observed/{what}", (request) -> {
			this.observed = Observed.valueOf(request.pathVariable("what"));
			return ServerResponse.noContent().build();
		}).build();
	}

	/**
	 * What is observed.
	 */
	enum Observed {

		/** Nothing. */
		NOTHING,

		/** What Spring observes of requests, as server and as client. */
		HTTP,

		/** That, and the chat calls. */
		ALL

	}

}
