package ai.apertis.sample;

import java.security.Principal;
import java.util.List;
import java.util.Map;

import ai.apertis.client.tools.ToolFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * Serves the conversations of the page in React.
 */
@RestController
class ConversationController {

	private final Conversations conversations;

	ConversationController(Conversations conversations) {
		this.conversations = conversations;
	}

	@GetMapping("/chats/{id}")
	List<JsonNode> messages(@PathVariable String id, @Nullable Principal principal) {
		return this.conversations.messages(id, (principal != null) ? principal.getName() : null);
	}

	@Configuration(proxyBeanMethods = false)
	static class Tools {

		@Bean
		ToolFunction weather() {
			return ToolFunction.of("weather", "Tells the weather of a city", City.class,
					(city) -> Map.of("city", city.name(), "sky", "rain", "celsius", 12));
		}

	}

	record City(String name) {
	}

}
