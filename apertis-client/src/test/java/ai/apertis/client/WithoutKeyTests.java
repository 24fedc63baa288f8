package ai.apertis.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.client.tools.ToolLoop;
import ai.apertis.test.SimulatedGateway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What can be developed without a key, against the talkative gateway.
 */
class WithoutKeyTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.startTalkative();
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("none")
			.defaultModel("gpt-4o-mini")
			.build();
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	@Test
	void structuredOutput() {
		Menu menu = this.apertis.chat("A menu, please").completion(Menu.class).block(LIMIT);
		assertThat(menu.title()).isEqualTo("some title");
		assertThat(menu.courses()).hasSize(2).allSatisfy((course) -> assertThat(course.size()).isEqualTo(Size.SMALL));
		assertThat(menu.prices()).hasSize(1);
		assertThat(this.apertis.chat("Menus, please").completion(new ParameterizedTypeReference<List<Menu>>() {
		}).block(LIMIT)).hasSize(2);
	}

	@Test
	void tools() {
		List<Course> ordered = new ArrayList<>();
		ToolLoop loop = new ToolLoop(this.apertis::chat, 3,
				ToolFunction.of("order", "Orders", Course.class, (course) -> {
					ordered.add(course);
					return "done";
				}));
		String answer = loop.content(ChatCompletionRequest.of("gpt-4o-mini", "Order something"))
			.collectList()
			.map((pieces) -> String.join("", pieces))
			.block(LIMIT);
		assertThat(ordered).containsExactly(new Course("some name", 3, Size.SMALL, "some note"));
		assertThat(answer).contains("simulated gateway");
	}

	private enum Size {

		SMALL, LARGE

	}

	private record Course(String name, int plates, Size size, @Nullable String note) {
	}

	private record Menu(String title, List<Course> courses, Map<String, Double> prices) {
	}

}
