package ai.apertis.passthrough;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

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
