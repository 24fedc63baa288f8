package ai.apertis.client.connection;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CallersLoop}.
 */
class CallersLoopTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	@Test
	void goesOnWhereItWasCalled() throws Exception {
		EventLoop loop = HttpResources.get().onClient(LoopResources.DEFAULT_NATIVE).next();
		CompletableFuture<Thread> here = new CompletableFuture<>();
		CompletableFuture<Thread> later = new CompletableFuture<>();
		loop.execute(() -> {
			here.complete(Thread.currentThread());
			CallersLoop callers = CallersLoop.current();
			Mono.delay(Duration.ofMillis(1), Schedulers.parallel())
				.flatMap(callers::goOn)
				.subscribe((value) -> later.complete(Thread.currentThread()));
		});
		assertThat(later.get(10, TimeUnit.SECONDS)).isSameAs(here.get(10, TimeUnit.SECONDS));
	}

	@Test
	void waitsForNothingWhereItIsAlready() throws Exception {
		EventLoop loop = HttpResources.get().onClient(LoopResources.DEFAULT_NATIVE).next();
		CompletableFuture<Boolean> atOnce = new CompletableFuture<>();
		loop.execute(() -> {
			CompletableFuture<String> value = CallersLoop.current().goOn("value").toFuture();
			atOnce.complete(value.isDone());
		});
		assertThat(atOnce.get(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void otherThreadsGoOnWhereverTheyAre() {
		Thread current = Thread.currentThread();
		assertThat(CallersLoop.current().goOn(1).map((value) -> Thread.currentThread()).block(LIMIT)).isSameAs(current);
		String name = Mono.fromCallable(CallersLoop::current)
			.subscribeOn(Schedulers.parallel())
			.flatMap((loop) -> loop.goOn(1))
			.map((value) -> Thread.currentThread().getName())
			.block(LIMIT);
		assertThat(name).startsWith("parallel");
	}

}
