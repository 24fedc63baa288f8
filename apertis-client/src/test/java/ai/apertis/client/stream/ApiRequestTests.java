package ai.apertis.client.stream;

import java.nio.charset.StandardCharsets;

import ai.apertis.client.protocol.ChatCompletionsApi;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ApiRequest}.
 */
class ApiRequestTests {

	private static final String JSON = "{\"model\":\"a\",\"temperature\":0.10000000000000000001,\"messages\":[]}";

	private final ApiRequest request = ChatCompletionsApi.request("a", 2, true, JSON.getBytes(StandardCharsets.UTF_8));

	@Test
	void parsesItsJsonOnce() {
		assertThat(this.request.members()).isSameAs(this.request.members());
	}

	@Test
	void asksAnotherModelForTheSame() {
		ApiRequest other = this.request.withModel("b");
		assertThat(text(other)).isEqualTo(JSON.replace("\"a\"", "\"b\""));
		assertThat(other.model()).isEqualTo("b");
		assertThat(other.choices()).isEqualTo(2);
		assertThat(other.isStreaming()).isTrue();
		assertThat(other.path()).isEqualTo(this.request.path());
		assertThat(text(this.request)).isEqualTo(JSON);
	}

	@Test
	void changesItsMembersInACopy() {
		ApiRequest changed = this.request.with((members) -> members.remove("temperature"));
		assertThat(text(changed)).isEqualTo("{\"model\":\"a\",\"messages\":[]}");
		assertThat(changed.members()).hasToString(text(changed));
		assertThat(this.request.members().has("temperature")).isTrue();
	}

	@Test
	void tellsNothingOfThePrompt() {
		assertThat(this.request).hasToString("ApiRequest[path=/chat/completions, model=a, streaming=true]");
	}

	private static String text(ApiRequest request) {
		return new String(request.json(), StandardCharsets.UTF_8);
	}

}
