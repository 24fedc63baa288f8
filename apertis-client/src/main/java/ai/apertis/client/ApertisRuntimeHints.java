package ai.apertis.client;

import java.util.List;

import ai.apertis.client.chat.ContentPart;
import ai.apertis.client.chat.ResponseFormat;
import ai.apertis.client.chat.Tool;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * {@link RuntimeHintsRegistrar} for the client: the types that Jackson writes by
 * reflection, and the classes that are looked up by name. Everything else is read and
 * written without reflection.
 */
class ApertisRuntimeHints implements RuntimeHintsRegistrar {

	private static final List<String> LOOKED_FOR = List.of("io.micrometer.core.instrument.MeterRegistry",
			"com.github.victools.jsonschema.generator.SchemaGenerator");

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(), Tool.class, ContentPart.class,
				ResponseFormat.class);
		LOOKED_FOR.forEach((name) -> hints.reflection().registerTypeIfPresent(classLoader, name));
	}

}
