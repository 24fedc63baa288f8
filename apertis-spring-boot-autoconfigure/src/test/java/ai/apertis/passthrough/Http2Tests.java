package ai.apertis.passthrough;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The pass-through over HTTP/2.
 */
@BothStacks
class Http2Tests {

	private static final String BODY = TestApplication.REQUEST;

	@Parameter
	private WebApplicationType type;

	/**
	 * Tomcat does not tell that a stream has been reset, but the first write fails.
	 */
	@Test
	void noticesAHangUpWhileTheGatewayIsSilent() throws Exception {
		try (TestApplication modern = TestApplication.start(this.type, "server.http2.enabled=true",
				"apertis.pass-through.heartbeat.interval=500ms")) {
			for (Reply silent : new Reply[] { Reply.never(), Reply.stream().content("one").stall() }) {
				modern.gateway().replyWith(silent);
				HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
				HttpRequest request = HttpRequest
					.newBuilder(URI.create("http://localhost:" + modern.port() + TestApplication.PATH))
					.header("Content-Type", "application/json")
					.POST(HttpRequest.BodyPublishers.ofString(BODY))
					.build();
				CompletableFuture<HttpResponse<Void>> answer = client.sendAsync(request, BodyHandlers.discarding());
				RecordedRequest upstream = modern.gateway().takeRequest();
				answer.cancel(true);
				assertThat(upstream.awaitClosed(Duration.ofSeconds(10))).isTrue();
			}
		}
	}

	@Test
	void takesTheUpgradeWhereHttp2IsEnabled() throws Exception {
		try (TestApplication modern = TestApplication.start(this.type, "server.http2.enabled=true")) {
			modern.gateway().replyWith(Reply.answer("one"), Reply.stream().content("half").cut());
			HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
			HttpRequest request = HttpRequest
				.newBuilder(URI.create("http://localhost:" + modern.port() + TestApplication.PATH))
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString(BODY))
				.build();
			HttpResponse<String> whole = client.send(request, BodyHandlers.ofString());
			assertThat(whole.version()).isEqualTo(HttpClient.Version.HTTP_2);
			assertThat(whole.body()).contains("one").endsWith("data: [DONE]\n\n");
			assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString())).isInstanceOf(IOException.class);
		}
	}

}
