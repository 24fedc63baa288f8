package ai.apertis.passthrough.ui;

import java.util.List;

import ai.apertis.client.call.Outcome;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is saved of a conversation is what the page has.
 */
class EndedConversationTests {

	private static final String QUESTION = "{\"id\":\"u\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"Hi\"}]}";

	@Test
	void addsANewAnswer() {
		String answer = "{\"id\":\"m\",\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"text\":\"Ho\"}]}";
		assertThat(saved("[" + QUESTION + "]", answer)).isEqualTo(json("[" + QUESTION + "," + answer + "]"));
		assertThat(saved("[]", answer)).isEqualTo(json("[" + answer + "]"));
	}

	@Test
	void anAnswerOfWhichNothingHasComeIsNoMessage() {
		assertThat(saved("[" + QUESTION + "]", "{\"id\":\"m\",\"role\":\"assistant\",\"parts\":[]}"))
			.isEqualTo(json("[" + QUESTION + "]"));
	}

	@Test
	void goesOnWithTheLastMessage() {
		JsonNode saved = saved("[" + QUESTION
				+ ",{\"id\":\"m\",\"role\":\"assistant\",\"metadata\":{\"own\":1,\"usage\":{\"a\":1,\"b\":2}},\"parts\":[{\"type\":\"step-start\"}]}]",
				"{\"id\":\"m\",\"role\":\"assistant\",\"metadata\":{\"usage\":{\"b\":3}},\"parts\":[{\"type\":\"text\",\"text\":\"Ho\"}]}");
		assertThat(saved).isEqualTo(json("[" + QUESTION
				+ ",{\"id\":\"m\",\"role\":\"assistant\",\"metadata\":{\"own\":1,\"usage\":{\"a\":1,\"b\":3}},"
				+ "\"parts\":[{\"type\":\"step-start\"},{\"type\":\"text\",\"text\":\"Ho\"}]}]"));
	}

	@Test
	void keepsTheMetadataOfAMessageThatFailsToGoOn() {
		String last = "{\"id\":\"m\",\"role\":\"assistant\",\"metadata\":{\"own\":1},\"parts\":[]}";
		assertThat(saved("[" + last + "]", "{\"id\":\"m\",\"role\":\"assistant\",\"parts\":[]}"))
			.isEqualTo(json("[" + last + "]"));
	}

	private static JsonNode saved(String messages, String answer) {
		List<JsonNode> saved = new EndedConversation("c", null, json(messages).valueStream().toList(),
				(ObjectNode) json(answer), Outcome.COMPLETED, null, null)
			.messagesWithAnswer();
		return JsonMapper.shared().createArrayNode().addAll(saved);
	}

	private static JsonNode json(String json) {
		return JsonMapper.shared().readTree(json);
	}

}
