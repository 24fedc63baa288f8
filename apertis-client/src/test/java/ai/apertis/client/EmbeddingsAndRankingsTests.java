package ai.apertis.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

import ai.apertis.client.embedding.EmbeddingRequest;
import ai.apertis.client.embedding.Embeddings;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.RateLimitException;
import ai.apertis.client.rerank.Ranking;
import ai.apertis.client.rerank.RerankRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for the calls of {@link ApertisClient} that are no chats.
 */
class EmbeddingsAndRankingsTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("test")
			.observationRegistry(observations, null)
			.build();
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	@Test
	void readsBothFormsInTheOrderOfTheTexts() throws Exception {
		byte[] floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(-2.5F).array();
		this.gateway.replyWith(Reply.json(200,
				"{\"model\":\"e\",\"data\":[{\"index\":1,\"embedding\":[3,4.5]},{\"index\":0,\"embedding\":\""
						+ Base64.getEncoder().encodeToString(floats)
						+ "\"}],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}"));
		Embeddings embeddings = this.apertis.embeddings(EmbeddingRequest.of("e", List.of("a", "b")).dimensions(2))
			.blockOptional(LIMIT)
			.orElseThrow();
		assertThat(embeddings.vectors()).containsExactly(new float[] { 1, -2.5F }, new float[] { 3, 4.5F });
		assertThat(embeddings.usage()).isNotNull().satisfies((usage) -> assertThat(usage.inputTokens()).isEqualTo(7));
		assertThat(JsonMapper.shared().readTree(this.gateway.takeRequest().body())).isEqualTo(JsonMapper.shared()
			.readTree("{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\",\"dimensions\":2}"));
		assertThat(this.meters.find("gen_ai.client.inference.duration")
			.tag("gen_ai.operation.name", "embeddings")
			.timers()).hasSize(1);
	}

	@Test
	void sendsBatchesAndKeepsTheirOrder() {
		this.gateway.otherwise((request) -> {
			int count = JsonMapper.shared().readTree(request.body()).path("input").size();
			StringBuilder data = new StringBuilder();
			for (int i = 0; i < count; i++) {
				data.append(data.isEmpty() ? "" : ",")
					.append("{\"embedding\":[")
					.append(this.gateway.requests().size())
					.append(",")
					.append(i)
					.append("]}");
			}
			return Reply.json(200, "{\"data\":[" + data + "],\"usage\":{\"prompt_tokens\":" + count + "}}");
		});
		Embeddings embeddings = this.apertis
			.embeddings(EmbeddingRequest.of("e", List.of("a", "b", "c", "d", "e")).batchSize(2))
			.blockOptional(LIMIT)
			.orElseThrow();
		assertThat(embeddings.vectors()).containsExactly(new float[] { 1, 0 }, new float[] { 1, 1 },
				new float[] { 2, 0 }, new float[] { 2, 1 }, new float[] { 3, 0 });
		assertThat(embeddings.usage()).isNotNull().satisfies((usage) -> assertThat(usage.inputTokens()).isEqualTo(5));
		assertThat(this.gateway.requests()).hasSize(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"data\":[]}", "{\"data\":[{\"index\":2,\"embedding\":[1]}]}",
			"{\"data\":[{\"embedding\":\"!\"}]}", "{\"data\":[{\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}" })
	void whatIsNotOneEmbeddingForEachTextIsNone(String json) {
		this.gateway.replyWith(Reply.json(200, json));
		assertThatExceptionOfType(MalformedResponseException.class)
			.isThrownBy(() -> this.apertis.embeddings(EmbeddingRequest.of("e", List.of("a"))).block(LIMIT));
	}

	@Test
	void ranksDocuments() throws Exception {
		this.gateway.replyWith(Reply.json(200,
				"{\"results\":[{\"index\":1,\"relevance_score\":0.9},{\"index\":0,\"relevance_score\":0.1}],\"meta\":{\"billed_units\":1}}"));
		Ranking ranking = this.apertis.rerank(RerankRequest.of("r", "q", List.of("a", "b")).topN(2))
			.blockOptional(LIMIT)
			.orElseThrow();
		assertThat(ranking.results()).containsExactly(new Ranking.Result(1, 0.9), new Ranking.Result(0, 0.1));
		assertThat(ranking.usage()).isNull();
		assertThat(ranking.json().path("meta").path("billed_units").asInt()).isOne();
		assertThat(this.gateway.takeRequest().body()).contains("\"query\":\"q\"", "\"top_n\":2");
	}

	@Test
	void retriesAndFailsLikeAChat() {
		this.gateway.replyWith(Reply.error(503, "server_error", "busy", "Later"),
				Reply.json(200, "{\"results\":[{\"index\":0,\"relevance_score\":1}]}"));
		assertThat(this.apertis.rerank(RerankRequest.of("r", "q", List.of("a")))
			.blockOptional(LIMIT)
			.orElseThrow()
			.results()).hasSize(1);
		this.gateway.otherwise((request) -> Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow")
			.header("Retry-After", "600"));
		assertThatExceptionOfType(RateLimitException.class)
			.isThrownBy(() -> this.apertis.embeddings(EmbeddingRequest.of("e", List.of("a"))).block(LIMIT));
	}

	@Test
	void refusesWhatMakesNoSense() {
		assertThatIllegalArgumentException().isThrownBy(() -> EmbeddingRequest.of("", List.of("a")));
		assertThatIllegalArgumentException().isThrownBy(() -> EmbeddingRequest.of("e", List.of()));
		assertThatIllegalArgumentException().isThrownBy(() -> RerankRequest.of("r", "q", List.of()));
		assertThat(EmbeddingRequest.of("e", List.of("secret")).toString()).doesNotContain("secret");
	}

}
