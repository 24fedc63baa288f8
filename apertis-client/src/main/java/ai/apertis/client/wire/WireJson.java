package ai.apertis.client.wire;

import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as written by the gateway and the providers behind it. Some put raw control
 * characters into texts, or {@code NaN} in place of a number, neither of which is a
 * reason to lose an answer.
 */
public final class WireJson {

	private static final JsonMapper LENIENT = JsonMapper.builder()
		.enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS, JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
		.build();

	private WireJson() {
	}

	/**
	 * Return the mapper to read with. It knows nothing of the application's settings.
	 * @return the mapper, which is safe for use by several threads
	 */
	public static JsonMapper mapper() {
		return LENIENT;
	}

}
