package ai.apertis.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.context.ContextRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What blocking callers bring along, and what threads they may be.
 */
class BlockingCallerTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private SimulatedGateway gateway;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	private ApertisClientBuilder client() {
		return ApertisClient.builder().baseUrl(this.gateway.baseUrl()).apiKey("key").defaultModel("m");
	}

	@Test
	void bringWhatTheirThreadCarriesToTheFiltersOfTheHttpClient() throws Exception {
		ThreadLocal<String> tenant = new ThreadLocal<>();
		ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", tenant);
		WebClient.Builder webClient = WebClient.builder()
			.filter((request, next) -> Mono.deferContextual((context) -> next.exchange(
					ClientRequest.from(request).header("X-Tenant", context.getOrDefault("tenant", "none")).build())));
		this.gateway.replyWith(Reply.answer("ok"));
		tenant.set("acme");
		try (ChatStream stream = client().webClientBuilder(webClient).build().chat("hello").open()) {
			assertThat(stream.iterator().next().content()).isEqualTo("ok");
		}
		finally {
			tenant.remove();
			ContextRegistry.getInstance().removeThreadLocalAccessor("tenant");
		}
		assertThat(this.gateway.takeRequest().header("X-Tenant")).contains("acme");
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void mayBeVirtualThreads() throws Exception {
		// a method of newer JDKs than the one that this is compiled for
		ExecutorService threads = (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor")
			.invoke(null);
		this.gateway.otherwise((request) -> Reply.stream().content("a", "b").hold().content("c").finish("stop").done());
		int streams = 100;
		try (ApertisClient apertis = client().build()) {
			List<CompletableFuture<String>> texts = new ArrayList<>();
			for (int i = 0; i < streams; i++) {
				texts.add(CompletableFuture.supplyAsync(() -> read(apertis), threads));
			}
			for (int i = 0; i < streams; i++) {
				this.gateway.takeRequest();
			}
			for (int i = 0; i < streams; i++) {
				this.gateway.release();
			}
			for (CompletableFuture<String> text : texts) {
				assertThat(text.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("abc");
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static String read(ApertisClient apertis) {
		StringBuilder text = new StringBuilder();
		try (ChatStream stream = apertis.chat("hello").open()) {
			for (ChatCompletionChunk chunk : stream) {
				text.append(chunk.content());
			}
		}
		return text.toString();
	}

}
