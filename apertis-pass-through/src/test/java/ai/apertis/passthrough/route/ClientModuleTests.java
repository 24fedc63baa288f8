package ai.apertis.passthrough.route;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The module for browsers, as a file.
 */
class ClientModuleTests {

	@Test
	void isInNativeImages() {
		RuntimeHints hints = new RuntimeHints();
		new ClientModule.Hints().registerHints(hints, getClass().getClassLoader());
		assertThat(RuntimeHintsPredicates.resource().forResource("ai/apertis/passthrough/route/client.js"))
			.accepts(hints);
		assertThat(new String(ClientModule.read().bytes(), StandardCharsets.UTF_8)).contains("export function chat");
	}

}
