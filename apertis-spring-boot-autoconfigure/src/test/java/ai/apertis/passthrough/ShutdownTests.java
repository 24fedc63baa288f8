package ai.apertis.passthrough;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What happens with streams when the application shuts down.
 */
@BothStacks
class ShutdownTests {

	private static final Reply HELD = Reply.stream().content("one").hold().content("two").finish("stop").done();

	@Parameter
	private WebApplicationType type;

	@Test
	void letsARunningStreamEndAndRefusesNewOnes() throws Exception {
		TestApplication application = TestApplication.start(this.type, "apertis.pass-through.shutdown-grace=20s");
		application.gateway().replyWith(HELD);
		try (RawExchange running = application.post(TestApplication.REQUEST)) {
			assertThat(running.chunk()).contains("\"one\"");
			CompletableFuture<Void> closed = CompletableFuture.runAsync(application.context()::close);
			Awaitility.await().untilAsserted(() -> {
				for (String body : new String[] { TestApplication.REQUEST,
						TestApplication.REQUEST.replace("true", "false") }) {
					application.gateway().otherwise((request) -> Reply.error(404, "t", "c", "m"));
					try (RawExchange refused = application.post(body)) {
						assertThat(refused.status()).isEqualTo(503);
						assertThat(refused.header("Retry-After")).isEqualTo("1");
						assertThat(TestApplication.error(refused.text()).path("code").asString())
							.isEqualTo("server_shutdown");
					}
				}
			});
			assertThat(closed).isNotDone();
			application.gateway().release();
			assertThat(running.text()).contains("\"two\"").endsWith("data: [DONE]\n\n");
			assertThat(running.isTerminated()).isTrue();
			closed.get(20, TimeUnit.SECONDS);
		}
		finally {
			application.close();
		}
	}

	@Test
	void endsAStreamThatTakesLongerWithAnErrorEvent() throws Exception {
		TestApplication application = TestApplication.start(this.type, "apertis.pass-through.shutdown-grace=100ms");
		application.gateway().replyWith(HELD);
		try (RawExchange running = application.post(TestApplication.REQUEST)) {
			assertThat(running.chunk()).contains("\"one\"");
			CompletableFuture<Void> closed = CompletableFuture.runAsync(application.context()::close);
			assertThat(running.text()).contains("\"code\":\"server_shutdown\"").doesNotContain("[DONE]");
			assertThat(running.isTerminated()).isFalse();
			closed.get(20, TimeUnit.SECONDS);
			assertThat(application.gateway().takeRequest().awaitClosed(java.time.Duration.ofSeconds(10))).isTrue();
		}
		finally {
			application.close();
		}
	}

	@Test
	void answersWhatHasNotBegunWithServiceUnavailable() throws Exception {
		for (String body : new String[] { TestApplication.REQUEST, TestApplication.REQUEST.replace("true", "false") }) {
			TestApplication application = TestApplication.start(this.type, "apertis.pass-through.shutdown-grace=100ms");
			application.gateway().replyWith(Reply.never());
			try {
				CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> status(application, body));
				application.gateway().takeRequest();
				application.context().close();
				assertThat(status.get(20, TimeUnit.SECONDS)).isEqualTo(503);
			}
			finally {
				application.close();
			}
		}
	}

	private static int status(TestApplication application, String body) {
		try (RawExchange exchange = application.post(body)) {
			return exchange.status();
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

}
