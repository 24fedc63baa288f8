package ai.apertis.passthrough;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A stream of Spring's own, to hold ours against: an event, and another one later.
 */
@RestController
class SpringEvents {

	static final String PATH = "/spring-events";

	private final Sinks.Empty<Void> more = Sinks.empty();

	@GetMapping(path = PATH, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> events() {
		return Flux.just("one").concatWith(this.more.asMono().then(Mono.just("two")));
	}

	void release() {
		this.more.tryEmitEmpty();
	}

}
