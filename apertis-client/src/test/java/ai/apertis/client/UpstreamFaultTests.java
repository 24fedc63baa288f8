package ai.apertis.client;

import java.time.Duration;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.client.error.StreamInterruptedException;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.test.StepVerifier;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is sent, and what faults of the connection lead to, against a server that is not
 * ours.
 */
class UpstreamFaultTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final String PATH = "/v1/chat/completions";

	private WireMockServer server;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.server = new WireMockServer(options().dynamicPort());
		this.server.start();
		this.apertis = ApertisClient.builder()
			.baseUrl(this.server.baseUrl() + "/v1")
			.apiKey("key")
			.defaultModel("m")
			.retryPolicy(RetryPolicy.NONE)
			.build();
	}

	@AfterEach
	void stop() {
		this.server.stop();
	}

	@Test
	void sendsOneRequest() {
		this.server.stubFor(post(PATH).willReturn(okForContentType("text/event-stream",
				"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")));
		assertThat(this.apertis.chat("hello").content().blockLast(LIMIT)).isEqualTo("a");
		this.server.verify(1,
				postRequestedFor(urlEqualTo(PATH)).withHeader("Authorization", equalTo("Bearer key"))
					.withHeader("User-Agent", equalTo("apertis-spring"))
					.withRequestBody(equalToJson("""
							{"model":"m","messages":[{"role":"user","content":"hello"}],"stream":true,
							"stream_options":{"include_usage":true}}""")));
	}

	@ParameterizedTest
	@EnumSource(Fault.class)
	void failsAtAnyFaultOfTheConnection(Fault fault) {
		this.server.stubFor(post(PATH).willReturn(
				aResponse().withHeader("Content-Type", "text/event-stream").withBody("data: {}\n\n").withFault(fault)));
		StepVerifier.create(this.apertis.chat("hello").content())
			.expectErrorSatisfies((ex) -> assertThat(ex).isInstanceOf(ApertisException.class)
				.isInstanceOfAny(ConnectionException.class, StreamInterruptedException.class))
			.verify(LIMIT);
	}

}
