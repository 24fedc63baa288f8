package ai.apertis.client.upstream;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The HTTP client is built by the first call, whatever the thread.
 */
class LazyWebClientTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final WebClient client = WebClient.create();

	private final List<Boolean> blockable = new CopyOnWriteArrayList<>();

	@Test
	void isBuiltOnceAndOnAThreadThatMayBlock() {
		LazyWebClient lazy = lazy(() -> this.client);
		for (int i = 0; i < 2; i++) {
			StepVerifier.create(Flux.defer(() -> lazy.many(Flux::just)).subscribeOn(Schedulers.parallel()))
				.expectNext(this.client)
				.expectComplete()
				.verify(LIMIT);
		}
		assertThat(this.blockable).containsExactly(true);
	}

	@Test
	void isBuiltOnAThreadThatMayBlockAlsoIfOnlyTheSecondTryIsMadeOnOneThatMayNot() {
		LazyWebClient lazy = lazy(() -> {
			if (this.blockable.size() == 1) {
				throw new IllegalStateException("not yet");
			}
			return this.client;
		});
		StepVerifier.create(lazy.one(Mono::just).retryWhen(Retry.backoff(1, Duration.ofMillis(1))))
			.expectNext(this.client)
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.blockable).containsExactly(true, true);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void endsTheCallWithItsKindOfFailure(boolean nonBlocking) {
		Scheduler scheduler = nonBlocking ? Schedulers.parallel() : Schedulers.immediate();
		NoClassDefFoundError missing = new NoClassDefFoundError("missing");
		LazyWebClient lazy = lazy(() -> {
			throw missing;
		});
		StepVerifier.create(Mono.defer(() -> lazy.one(Mono::just)).subscribeOn(scheduler))
			.expectErrorSatisfies((failure) -> {
				assertThat(failure).isInstanceOf(ConnectionException.class)
					.hasCause(missing)
					.hasMessageContaining("cannot be built");
				assertThat(ConnectionFailures.mayPass((ConnectionException) failure)).isFalse();
			})
			.verify(LIMIT);
	}

	@Test
	void leavesAFailureOfOurOwnAsItIs() {
		StepVerifier.create(lazy(() -> {
			throw new ClientClosedException();
		}).one(Mono::just)).expectError(ClientClosedException.class).verify(LIMIT);
	}

	private LazyWebClient lazy(Supplier<WebClient> building) {
		return new LazyWebClient(() -> {
			this.blockable.add(!Schedulers.isInNonBlockingThread());
			return building.get();
		});
	}

}
