package ai.apertis.passthrough;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import ai.apertis.client.tools.ToolFunction;
import ai.apertis.passthrough.ui.UiConversationListener;
import ai.apertis.passthrough.ui.UiMessageMetadata;
import ai.apertis.test.Reply;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.keyvalue.repository.KeyValueRepository;
import org.springframework.data.map.repository.config.EnableMapRepositories;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The examples of the page on the UI message stream.
 */
@BothStacks
class UiExamplesTests {

	@Parameter
	private WebApplicationType type;

	@Test
	void savesConversationsWithSpringData() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, Examples.class), "apertis.chat.model=default",
				"apertis.pass-through.ui.enabled=true")) {
			ChatRepository chats = application.context().getBean(ChatRepository.class);
			application.gateway()
				.replyWith(
						Reply.stream()
							.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
							.finish("tool_calls")
							.done(),
						Reply.stream().model("gpt").content("Rain.").finish("stop").done(), Reply.answer("No."));
			assertThat(post(application, "c1")).contains("{\"sky\":\"rain in Bern\"}")
				.contains("\"messageMetadata\":{\"");
			JsonNode saved = TestApplication.json(chats.findById("c1").orElseThrow().messages());
			assertThat(saved.valueStream().map((message) -> message.path("role").asString())).containsExactly("user",
					"assistant");
			assertThat(saved.get(1).path("metadata").path("answeredBy").asString()).isNotEmpty();
			chats.save(new Chat("c2", "somebody else", "[]"));
			post(application, "c2");
			assertThat(chats.findById("c2").orElseThrow().messages()).isEqualTo("[]");
		}
	}

	private static String post(TestApplication application, String chat) throws IOException {
		try (RawExchange exchange = RawExchange.post(application.port(), "/apertis/ui/chat", "{\"id\":\"" + chat
				+ "\",\"messages\":[{\"id\":\"u1\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"Hi\"}]}]}")) {
			return exchange.text();
		}
	}

	record City(String city) {
	}

	record Chat(@Id String id, @Nullable String owner, String messages) {
	}

	interface ChatRepository extends KeyValueRepository<Chat, String> {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMapRepositories(considerNestedRepositories = true)
	static class Examples {

		@Bean
		UiMessageMetadata answeredBy() {
			return (answer) -> Map.of("answeredBy", String.valueOf(answer.model()), "finishReason",
					answer.finishReason());
		}

		@Bean
		ToolFunction weatherTool() {
			return ToolFunction.of("weather", "Tells the weather of a city", City.class,
					(city) -> Map.of("sky", "rain in " + city.city()));
		}

		@Bean
		UiConversationListener saveConversations(ChatRepository chats) {
			return (conversation) -> {
				Chat chat = chats.findById(conversation.chatId())
					.orElseGet(() -> new Chat(conversation.chatId(), conversation.user(), "[]"));
				if (Objects.equals(chat.owner(), conversation.user())) {
					String messages = JsonMapper.shared().writeValueAsString(conversation.messagesWithAnswer());
					chats.save(new Chat(chat.id(), chat.owner(), messages));
				}
			};
		}

	}

}
