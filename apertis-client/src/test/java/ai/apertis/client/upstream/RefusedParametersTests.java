package ai.apertis.client.upstream;

import java.time.Duration;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.error.InvalidRequestException;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Models that refuse parameters which they need not get.
 */
class RefusedParametersTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final ApertisClient apertis = ApertisClient.builder().baseUrl(this.gateway.baseUrl()).apiKey("key").build();

	@AfterEach
	void close() {
		this.gateway.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { """
			{"error":{"message":"Unknown parameter","type":"invalid_request_error","param":"stream_options"}}""", """
			{"error":{"message":"Unrecognized request argument supplied: stream_options"}}""", """
			{"detail":"stream_options: Extra inputs are not permitted"}""" })
	void leavesStreamOptionsOutForAModelThatRefusesThemAndRemembersIt(String refusal) throws InterruptedException {
		this.gateway.replyWith(Reply.json(400, refusal), Reply.answer("one"), Reply.answer("two"), Reply.answer("3"));
		assertThat(ask("old-model").content()).isEqualTo("one");
		assertThat(ask("old-model").content()).isEqualTo("two");
		assertThat(ask("other-model").content()).isEqualTo("3");
		assertThat(this.gateway.takeRequest().body()).contains("stream_options");
		assertThat(this.gateway.takeRequest().body()).doesNotContain("stream_options").contains("\"stream\":true");
		assertThat(this.gateway.takeRequest().body()).doesNotContain("stream_options");
		assertThat(this.gateway.takeRequest().body()).contains("stream_options");
	}

	@Test
	void sendsTheLimitUnderTheNameThatTheModelWants() throws InterruptedException {
		Reply refusal = Reply.json(400, """
				{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. \
				Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens"}}""");
		this.gateway.replyWith(refusal, Reply.answer("one"), Reply.completion("two", 1, 2));
		ChatCompletionRequest request = ChatCompletionRequest.builder()
			.model("o4-mini")
			.user("hi")
			.maxTokens(7)
			.build();
		assertThat(this.apertis.chat(request).completion().block(PATIENCE)).extracting(ChatCompletion::content)
			.isEqualTo("one");
		assertThat(this.apertis.chat(request).call().block(PATIENCE)).extracting(ChatCompletion::content)
			.isEqualTo("two");
		assertThat(this.gateway.takeRequest().body()).contains("\"max_tokens\":7");
		assertThat(this.gateway.takeRequest().body()).contains("\"max_completion_tokens\":7")
			.doesNotContain("max_tokens\"");
		assertThat(this.gateway.takeRequest().body()).contains("\"max_completion_tokens\":7")
			.doesNotContain("\"stream\"");
	}

	@Test
	void failsIfTheModelRefusesTheSameParameterAgain() {
		Reply refusal = Reply.error(400, "invalid_request_error", "invalid_request", "no stream_options, please");
		this.gateway.replyWith(refusal, refusal, Reply.answer("never"));
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> ask("model"));
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void remembersNothingOfARefusalThatOnlyNamesTheParameter() {
		Reply echo = Reply.error(400, "invalid_request_error", "invalid_request", "Invalid role: 'stream_options'");
		this.gateway.replyWith(echo, echo, Reply.answer("fine"));
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> ask("model"));
		assertThat(ask("model").content()).isEqualTo("fine");
		assertThat(this.gateway.requests().get(2).body()).contains("stream_options");
	}

	@ParameterizedTest
	@ValueSource(strings = { "stream_options.bogus", "messages[0].role" })
	void believesTheGatewayWhichParameterIsAtFault(String param) {
		this.gateway.replyWith(Reply.json(400, "{\"error\":{\"message\":\"Invalid: stream_options max_tokens"
				+ " max_completion_tokens\",\"param\":\"" + param + "\"}}"));
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> ask("model"));
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void doesNotRepeatOtherInvalidRequests() {
		this.gateway.replyWith(Reply.error(400, "invalid_request_error", "invalid_request", "no messages"));
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> ask("model"));
		assertThat(this.gateway.requests()).hasSize(1);
	}

	private ChatCompletion ask(String model) {
		ChatCompletion completion = this.apertis.chat(ChatCompletionRequest.of(model, "hi"))
			.completion()
			.block(PATIENCE);
		assertThat(completion).isNotNull();
		return completion;
	}

}
