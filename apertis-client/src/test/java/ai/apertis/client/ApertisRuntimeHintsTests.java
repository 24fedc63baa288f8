package ai.apertis.client;

import java.util.stream.Stream;

import ai.apertis.client.chat.ContentPart;
import ai.apertis.client.chat.ResponseFormat;
import ai.apertis.client.chat.Tool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a native image is told.
 */
class ApertisRuntimeHintsTests {

	private final RuntimeHints hints = new RuntimeHints();

	ApertisRuntimeHintsTests() {
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter(ApertisRuntimeHints.class::isInstance)
			.forEach((registrar) -> registrar.registerHints(this.hints, getClass().getClassLoader()));
	}

	@Test
	void letJacksonWriteWhatARequestHolds() throws Exception {
		assertThat(Stream.of(Tool.class, ContentPart.class, ResponseFormat.class))
			.allSatisfy((type) -> assertThat(RuntimeHintsPredicates.reflection().onType(type)).accepts(this.hints));
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Tool.class.getDeclaredMethod("toJson")))
			.accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(ContentPart.class.getMethod("members")))
			.accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(ResponseFormat.class.getMethod("json")))
			.accepts(this.hints);
	}

	@ParameterizedTest
	@ValueSource(strings = { "io.micrometer.core.instrument.MeterRegistry",
			"com.github.victools.jsonschema.generator.SchemaGenerator" })
	void findWhatIsLookedForByName(String name) throws Exception {
		assertThat(RuntimeHintsPredicates.reflection().onType(Class.forName(name))).accepts(this.hints);
	}

}
