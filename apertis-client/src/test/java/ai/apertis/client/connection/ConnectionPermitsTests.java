package ai.apertis.client.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.error.ConnectionLimitException;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Turns without a network.
 */
class ConnectionPermitsTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final ConnectionPermits permits = new ConnectionPermits(
			new ConnectionLimits(1, 10_000, LIMIT, LIMIT, null));

	private final Disposable first = this.permits.over(Mono.never()).subscribe();

	@Test
	void manyThatFailAtOnceLetEachOtherGoOn() {
		List<CompletableFuture<? extends Connection>> waiting = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			waiting.add(this.permits.over(Mono.error(() -> new IllegalStateException("no way"))).toFuture());
		}
		assertThat(this.permits.waiting()).isEqualTo(10_000);
		this.first.dispose();
		assertThat(waiting).allSatisfy((call) -> assertThat(call).isCompletedExceptionally());
		assertThat(this.permits.waiting()).isZero();
		assertThat(this.permits.over(Mono.empty()).toFuture()).isCompleted();
	}

	@Test
	void thoseThatWaitGoInTheirOrder() {
		List<Integer> started = new ArrayList<>();
		List<Disposable> calls = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			int number = i;
			calls
				.add(this.permits.over(Mono.<Connection>never().doOnSubscribe((s) -> started.add(number))).subscribe());
		}
		assertThat(started).isEmpty();
		this.first.dispose();
		assertThat(started).containsExactly(0);
		calls.get(1).dispose();
		calls.get(0).dispose();
		assertThat(started).containsExactly(0, 2);
	}

	@Test
	void whoWaitsTooLongIsToldSoAndLetsOthersGo() {
		StepVerifier.withVirtualTime(() -> this.permits.over(Mono.never()))
			.expectSubscription()
			.expectNoEvent(LIMIT.minusMillis(1))
			.thenAwait(Duration.ofMillis(2))
			.expectError(ConnectionLimitException.class)
			.verify(LIMIT);
		assertThat(this.permits.waiting()).isZero();
		this.first.dispose();
		assertThat(this.permits.over(Mono.error(new IllegalStateException())).toFuture()).isCompletedExceptionally();
		this.permits.over(Mono.never()).subscribe();
		assertThat(this.permits.waiting()).isZero();
	}

}
