package ai.apertis.passthrough.ui;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Messages of pages become those of chat completions.
 */
class UiMessagesTests {

	private static final JsonMapper JSON = JsonMapper.shared();

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					image/jpeg | https://a.example/a.jpg | {"type":"image_url","image_url":{"url":"https://a.example/a.jpg"}}
					IMAGE/PNG;x=y | data:image/png;base64,AA== | {"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}
					audio/wav | data:audio/wav;base64,AAAA | {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}
					audio/mpeg | data:audio/mpeg;base64,AAAA | {"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}
					video/mp4 | https://a.example/a.mp4 | {"type":"video_url","video_url":{"url":"https://a.example/a.mp4"}}
					application/pdf | data:application/pdf;base64,AA== | {"type":"file","file":{"filename":"f.x","file_data":"data:application/pdf;base64,AA=="}}
					text/plain | data:text/plain,a%20b+c | {"type":"text","text":"a b+c"}
					text/csv | data:text/csv;base64,YSxi | {"type":"text","text":"a,b"}
					""")
	void sendsFilesInTheWayOfTheirType(String mediaType, String url, String part) {
		String file = "{\"type\":\"file\",\"filename\":\"f.x\",\"mediaType\":\"" + mediaType + "\",\"url\":\"" + url
				+ "\"}";
		JsonNode messages = converted(
				"[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"See\"}," + file + "]}]");
		assertThat(messages.get(0).path("content").get(1)).isEqualTo(JSON.readTree(part));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			image/png | blob:https://a.example/1 | must begin with data:, https: or http:
			image/png | file:///etc/passwd | must begin with data:, https: or http:
			audio/wav | https://a.example/a.wav | 'audio/wav' cannot be sent
			text/plain | https://a.example/a.txt | 'text/plain' cannot be sent
			application/zip | data:application/zip;base64,AA== | 'application/zip' cannot be sent
			text/plain | data:text/plain,%zz | cannot be decoded
			""")
	void refusesFilesThatNoModelTakes(String mediaType, String url, String message) {
		String file = "{\"type\":\"file\",\"mediaType\":\"" + mediaType + "\",\"url\":\"" + url + "\"}";
		assertThatExceptionOfType(RefusedException.class)
			.isThrownBy(() -> converted("[{\"role\":\"user\",\"parts\":[" + file + "]}]"))
			.withMessageContaining(message)
			.satisfies((refusal) -> assertThat(refusal.status()).isEqualTo(400));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "null", textBlock = """
			null | Missing
			"text" | must be an array
			[] | no message
			[{"role":"user","parts":[]}] | no message
			[{"role":"tool","parts":[]}] | role
			[7] | role
			""")
	void refusesWhatAreNoMessages(@Nullable String messages, String message) {
		assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> converted(messages))
			.withMessageContaining(message)
			.satisfies((refusal) -> assertThat(refusal.param()).isEqualTo("messages"));
	}

	@Test
	void cutsAnAnswerIntoItsSteps() {
		JsonNode messages = converted(
				"""
						[{"role":"user","parts":[{"type":"text","text":"a"}]},
						{"role":"assistant","id":"m","parts":[
						{"type":"step-start"},{"type":"reasoning","text":"r"},
						{"type":"tool-x","toolCallId":"1","state":"output-available","input":{"b":1},"output":"o"},
						{"type":"tool-web","toolCallId":"2","state":"output-available","providerExecuted":true,"input":{}},
						{"type":"step-start"},{"type":"text","text":"b"},{"type":"text","text":"c"},{"type":"file","url":"data:,"},
						{"type":"tool-y","toolCallId":"3","state":"approval-responded","approval":{"id":"i","approved":false}},
						{"type":"tool-z","toolCallId":"4","state":"output-denied"},
						{"type":"step-start"},{"type":"reasoning","text":"only"}]},
						{"role":"assistant","parts":[]},
						{"role":"user","parts":[{"type":"text","text":"d"},{"type":"text","text":"e"}]}]""");
		assertThat(messages).isEqualTo(JSON.readTree("""
				[{"role":"user","content":"a"},
				{"role":"assistant","content":null,"tool_calls":[
				{"id":"1","type":"function","function":{"name":"x","arguments":"{\\"b\\":1}"}}]},
				{"role":"tool","tool_call_id":"1","content":"o"},
				{"role":"assistant","content":"bc","tool_calls":[
				{"id":"3","type":"function","function":{"name":"y","arguments":"{}"}},
				{"id":"4","type":"function","function":{"name":"z","arguments":"{}"}}]},
				{"role":"tool","tool_call_id":"3","content":"The user did not allow this call."},
				{"role":"tool","tool_call_id":"4","content":"The user did not allow this call."},
				{"role":"user","content":[{"type":"text","text":"d"},{"type":"text","text":"e"}]}]"""));
	}

	@Test
	void returnsTheReasoningIfItIsToldTo() {
		UiMessages messages = new UiMessages(true);
		messages.read(JSON.createParser(
				"""
						[{"role":"assistant","id":"m","parts":[{"type":"reasoning","text":"r"},{"type":"text","text":"b"}]}]"""));
		assertThat(JSON.readTree(messages.toJson()))
			.isEqualTo(JSON.readTree("[{\"role\":\"assistant\",\"content\":\"b\",\"reasoning_content\":\"r\"}]"));
		assertThat(messages.continued()).isEqualTo("m");
	}

	@Test
	void decodesTextFilesInAnyLanguage() {
		String text = Base64.getEncoder().encodeToString("Grüße 🦉".getBytes(StandardCharsets.UTF_8));
		JsonNode messages = converted("[{\"role\":\"user\",\"parts\":[{\"type\":\"file\",\"mediaType\":\"text/plain\","
				+ "\"url\":\"data:text/plain;charset=utf-8;base64," + text + "\"}]}]");
		assertThat(messages.get(0).path("content").asString()).isEqualTo("Grüße 🦉");
	}

	private static JsonNode converted(@Nullable String messages) {
		UiMessages converted = new UiMessages(false);
		converted.read((messages != null) ? JSON.createParser(messages) : null);
		return JSON.readTree(converted.toJson());
	}

}
