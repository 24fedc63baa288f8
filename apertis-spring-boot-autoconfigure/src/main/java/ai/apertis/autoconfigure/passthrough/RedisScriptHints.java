package ai.apertis.autoconfigure.passthrough;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * The {@linkplain RedisScripts scripts}, for native images.
 */
class RedisScriptHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.resources().registerPattern("ai/apertis/autoconfigure/passthrough/*.lua");
	}

}
