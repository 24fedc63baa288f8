package ai.apertis.passthrough;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.format.VerbatimFormat;
import ai.apertis.passthrough.route.JsonRequest;
import ai.apertis.passthrough.route.RequestBody;
import ai.apertis.passthrough.route.RequestReader;
import ai.apertis.passthrough.route.RequestRules;
import ai.apertis.passthrough.route.Route;
import ai.apertis.passthrough.route.RoutedRequest;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An endpoint of another shape, added through the seams alone: a route, a protocol, and
 * nothing else. Its answers are words, and end with an event that counts them.
 */
@BothStacks
class ToyRouteTests {

	private static final String PATH = "/apertis/v1/words";

	private static final String REQUEST = "{\"model\":\"m\",\"about\":\"rain\"}";

	@Parameter
	private WebApplicationType type;

	private TestApplication application;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, ToyConfiguration.class));
	}

	@AfterEach
	void stop() {
		this.application.close();
	}

	@Test
	void relaysAndMetersAStreamOfAnotherShape() throws Exception {
		this.application.gateway()
			.replyWith(Reply.stream()
				.event("word", "{\"word\":\"It\"}")
				.event("word", "{\"word\":\"rains\"}")
				.event("end", "{\"words\":2,\"read\":5}"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.text()).isEqualTo("event: word\ndata: {\"word\":\"It\"}\n\n"
					+ "event: word\ndata: {\"word\":\"rains\"}\n\nevent: end\ndata: {\"words\":2,\"read\":5}\n\n");
			assertThat(exchange.isTerminated()).isTrue();
		}
		assertThat(this.application.gateway().takeRequest().path()).isEqualTo("/v1/words");
		Awaitility.await().until(() -> this.application.calls("completed") == 1);
		assertThat(this.application.tokens("output_tokens", false)).isEqualTo(2);
		assertThat(this.application.tokens("input_tokens", false)).isEqualTo(5);
		assertThat(this.application.context()
			.getBean(MeterRegistry.class)
			.get("gen_ai.client.inference.duration")
			.tag("gen_ai.operation.name", "words")
			.timer()
			.count()).isOne();
	}

	@Test
	void breaksOffAStreamThatEndsWithoutItsLastEvent() throws IOException {
		this.application.gateway().replyWith(Reply.stream().event("word", "{\"word\":\"It\"}"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("\"It\"").contains("\"code\":\"stream_interrupted\"");
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().until(() -> this.application.calls("interrupted") == 1);
		// what is not reported is estimated: one word, and what it is about
		assertThat(this.application.tokens("output_tokens", true)).isEqualTo(1);
		assertThat(this.application.tokens("input_tokens", true)).isPositive();
	}

	@Test
	void breaksOffAStreamWithAnErrorInside() throws IOException {
		this.application.gateway()
			.replyWith(
					Reply.stream().event("word", "{\"word\":\"It\"}").errorEvent("server_error", "overloaded", "Busy"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.text()).contains("\"It\"").contains("\"code\":\"overloaded\"");
			assertThat(exchange.isTerminated()).isFalse();
		}
		Awaitility.await().until(() -> this.application.calls("failed") == 1);
	}

	@Test
	void answersAnEarlyErrorWithItsStatus() throws IOException {
		this.application.gateway().replyWith(Reply.error(404, "invalid_request_error", "model_not_found", "no m"));
		try (RawExchange exchange = post(REQUEST)) {
			assertThat(exchange.status()).isEqualTo(404);
			assertThat(exchange.text()).contains("model_not_found");
		}
	}

	@Test
	void refusesByTheRulesOfTheRoute() throws IOException {
		try (RawExchange exchange = post("{\"model\":\"m\"}")) {
			assertThat(exchange.status()).isEqualTo(400);
			assertThat(TestApplication.error(exchange.text()).path("param").asString()).isEqualTo("about");
		}
		try (RawExchange exchange = this.application.get(PATH)) {
			assertThat(exchange.status()).isEqualTo(405);
		}
		assertThat(this.application.gateway().requests()).isEmpty();
	}

	@Test
	void leavesTheRouteOfChatCompletionsAsItIs() throws IOException {
		this.application.gateway().replyWith(Reply.answer("hi"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.text()).contains("hi").endsWith("data: [DONE]\n\n");
		}
	}

	private RawExchange post(String json) throws IOException {
		return RawExchange.post(this.application.port(), PATH, json);
	}

	@Configuration(proxyBeanMethods = false)
	static class ToyConfiguration {

		@Bean
		Route wordsRoute(RequestRules rules) {
			return new ToyRoute(rules);
		}

	}

	private static final class ToyRoute implements Route {

		private static final ErrorFormat ERRORS = new OpenAiErrorFormat();

		private final RequestReader reader;

		ToyRoute(RequestRules rules) {
			this.reader = new RequestReader(rules);
		}

		@Override
		public String path() {
			return "/v1/words";
		}

		@Override
		public RoutedRequest read(Caller caller, @Nullable String user, byte[] body) {
			RequestBody request = this.reader.read(body, List.of());
			if (!request.has("about")) {
				throw RequestReader.missing("about");
			}
			return new ToyRequest(caller, user, request);
		}

		@Override
		public ErrorFormat errors() {
			return ERRORS;
		}

	}

	private static final class ToyRequest extends JsonRequest {

		ToyRequest(Caller caller, @Nullable String user, RequestBody body) {
			super(caller, user, body);
		}

		@Override
		protected PassThroughRequest with(RequestBody body) {
			return new ToyRequest(caller(), user(), body);
		}

		@Override
		public boolean isStreaming() {
			return true;
		}

		@Override
		public ApiRequest toUpstream() {
			return new ApiRequest("/words", new ToyApi(), model(), true, body().write());
		}

		@Override
		public StreamFormat format() {
			return new VerbatimFormat(true, "event: end\ndata: {}\n\n", ToyRoute.ERRORS);
		}

	}

	private static final class ToyApi implements ApiProtocol {

		@Override
		public StreamProtocol start(int choices, StreamLimits limits) {
			return new ToyProtocol();
		}

		@Override
		public String operation() {
			return "words";
		}

		@Override
		public Set<String> promptMembers() {
			return Set.of("about");
		}

		@Override
		public void readText(JsonNode event, BiConsumer<Integer, String> text) {
			text.accept(0, event.path("word").asString(""));
		}

	}

	private static final class ToyProtocol implements StreamProtocol {

		private long words;

		private boolean ended;

		private @Nullable JsonNode usage;

		private @Nullable GatewayError error;

		@Override
		public EventKind observe(Event event) {
			if (!event.hasData()) {
				return EventKind.NOTHING;
			}
			JsonNode json = JsonMapper.shared().readTree(event.dataText());
			this.error = GatewayErrorReader.read(json);
			if (this.error != null) {
				return EventKind.ERROR;
			}
			if (event.type().equals("end")) {
				this.ended = true;
				ObjectNode usage = JsonMapper.shared().createObjectNode();
				this.usage = usage.put("prompt_tokens", json.path("read").asLong())
					.put("completion_tokens", json.path("words").asLong());
				return EventKind.DONE;
			}
			this.words++;
			return EventKind.CHUNK;
		}

		@Override
		public boolean hasSubstance() {
			return this.words > 0 || this.ended;
		}

		@Override
		public boolean isAtEnd() {
			return false;
		}

		@Override
		public Outcome outcome() {
			if (this.error != null) {
				return Outcome.FAILED;
			}
			return this.ended ? Outcome.COMPLETED : Outcome.INTERRUPTED;
		}

		@Override
		public @Nullable GatewayError error() {
			return this.error;
		}

		@Override
		public StreamSummary summary() {
			long sinceUsage = (this.usage != null) ? 0 : this.words;
			return new StreamSummary(null, List.of(), this.words, this.words, sinceUsage, this.usage);
		}

	}

}
