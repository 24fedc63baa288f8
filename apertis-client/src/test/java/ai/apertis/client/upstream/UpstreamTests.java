package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Upstream}: the exchange with the gateway, without a client above it.
 */
class UpstreamTests {

	private static final String KEY = "sk-0123456789abcdef";

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final CallOptions OPTIONS = CallOptions.DEFAULTS
		.withRetries(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(1)));

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final Upstream upstream = new Upstream(WebClient.builder(), this.gateway.baseUrl() + "/", () -> KEY,
			OPTIONS);

	private final List<String> heard = new ArrayList<>();

	private final StreamListener listener = new StreamListener() {

		@Override
		public void sending() {
			UpstreamTests.this.heard.add("sending");
		}

		@Override
		public void onRetry(Throwable failure, @Nullable StreamSummary received, @Nullable String model) {
			UpstreamTests.this.heard.add("retry" + ((model != null) ? " " + model : ""));
		}

		@Override
		public void onResponse(HttpHeaders headers) {
			UpstreamTests.this.heard.add("response of " + headers.getFirst("X-Actual-Model"));
		}

		@Override
		public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
			UpstreamTests.this.heard.add(outcome.value());
		}

	};

	@AfterEach
	void close() {
		this.gateway.close();
	}

	@Test
	void sendsTheRequestAndReadsTheStream() throws InterruptedException {
		this.gateway.replyWith(Reply.answer("a", "b").header("X-Actual-Model", "m"));
		StepVerifier.create(stream(OPTIONS.withHeader("X-Own", "1")))
			.expectNextMatches((data) -> data.contains("\"a\""))
			.expectNextMatches((data) -> data.contains("\"b\""))
			.thenConsumeWhile((data) -> true)
			.expectComplete()
			.verify(LIMIT);
		RecordedRequest request = this.gateway.takeRequest();
		assertThat(request.path()).isEqualTo("/v1/chat/completions");
		assertThat(request.body()).isEqualTo("{\"model\":\"m\"}");
		assertThat(request.header("Authorization")).contains("Bearer " + KEY);
		assertThat(request.header("Accept")).contains("text/event-stream");
		assertThat(request.header("Accept-Encoding")).contains("identity");
		assertThat(request.header("X-Own")).contains("1");
		assertThat(this.heard).containsExactly("sending", "response of m", "completed");
	}

	@Test
	void sendsNothingBeforeTheStreamIsSubscribedTo() {
		stream(OPTIONS);
		assertThat(this.gateway.requests()).isEmpty();
		assertThat(this.heard).isEmpty();
	}

	@Test
	void retriesThenAsksFurtherModels() {
		Reply unavailable = Reply.status(503);
		this.gateway.replyWith(unavailable, unavailable, unavailable, Reply.answer("a"));
		StepVerifier.create(stream(OPTIONS.withFailover("n")))
			.thenConsumeWhile((data) -> true)
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.heard).containsExactly("sending", "retry", "sending", "retry n", "sending", "retry", "sending",
				"response of n", "completed");
		assertThat(this.gateway.requests()).extracting(RecordedRequest::body)
			.containsExactly("{\"model\":\"m\"}", "{\"model\":\"m\"}", "{\"model\":\"n\"}", "{\"model\":\"n\"}");
	}

	@Test
	void failsWithTheGatewaysErrorWhenTheAttemptsAreSpent() {
		this.gateway.replyWith(Reply.status(503), Reply.error(503, "server_error", "overloaded", KEY + " is busy"));
		StepVerifier.create(stream(OPTIONS)).expectErrorSatisfies((failure) -> {
			assertThat(failure).isInstanceOf(ApertisApiException.class)
				.hasMessageContaining("is busy")
				.hasMessageNotContaining(KEY);
			assertThat(((ApertisApiException) failure).statusCode()).isEqualTo(503);
		}).verify(LIMIT);
		assertThat(this.heard).containsExactly("sending", "retry", "sending", "failed");
	}

	@Test
	void callsWithoutAStream() throws InterruptedException {
		this.gateway.replyWith(Reply.completion("whole", 1, 2));
		StepVerifier.create(this.upstream.call(request(false), OPTIONS, this.listener))
			.assertNext((response) -> assertThat(new String(response.json(), StandardCharsets.UTF_8)).contains("whole"))
			.expectComplete()
			.verify(LIMIT);
		assertThat(this.gateway.takeRequest().header("Accept")).contains("application/json");
		assertThat(this.heard).containsExactly("sending", "response of null", "completed");
	}

	@Test
	void retriesEachSubscriptionToTheModelsByItself() {
		this.gateway.otherwise((request) -> Reply.status(503));
		Mono<UpstreamResponse> models = this.upstream.models();
		for (int call = 1; call <= 3; call++) {
			StepVerifier.create(models).expectError(ApertisApiException.class).verify(LIMIT);
			assertThat(this.gateway.requests()).hasSize(2 * call);
		}
	}

	@Test
	void readsTheErrorInAStreamInPlaceOfTheModels() {
		this.gateway.replyWith(Reply.stream().errorEvent("authentication_error", "invalid_api_key", "No such key"));
		StepVerifier.create(this.upstream.models()).expectError(AuthenticationException.class).verify(LIMIT);
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void refusesABaseUrlThatIsNone() {
		for (String url : new String[] { "gateway/v1", "ftp://gateway", "https://user:pass@gateway/v1",
				"https://gateway?x" }) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> new Upstream(WebClient.builder(), url, () -> "key", OPTIONS));
		}
	}

	private Flux<String> stream(CallOptions options) {
		return this.upstream.stream(request(true), options, this.listener).read((events) -> {
			Event event = events.next();
			return (event != null) ? event.dataText() : null;
		});
	}

	private static ApiRequest request(boolean streaming) {
		return ChatCompletionsApi.request("m", 1, streaming, "{\"model\":\"m\"}".getBytes(StandardCharsets.UTF_8));
	}

}
