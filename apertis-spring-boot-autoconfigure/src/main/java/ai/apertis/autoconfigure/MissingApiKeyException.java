package ai.apertis.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * There is no API key to reach the gateway with.
 */
class MissingApiKeyException extends RuntimeException {

	private final String property;

	private final @Nullable String placeholder;

	private MissingApiKeyException(String property, @Nullable String placeholder) {
		super("No Apertis API key is configured: set " + property);
		this.property = property;
		this.placeholder = placeholder;
	}

	/**
	 * Refuse a key that is none: a blank one, or a placeholder that nothing stands for,
	 * which would be sent as it is.
	 */
	static String require(String property, @Nullable String key) {
		if (key == null || !StringUtils.hasText(key)) {
			throw new MissingApiKeyException(property, null);
		}
		if (key.contains("${")) {
			throw new MissingApiKeyException(property, key);
		}
		return key.strip();
	}

	String property() {
		return this.property;
	}

	/**
	 * Return the placeholder that is the property's value.
	 */
	@Nullable String placeholder() {
		return this.placeholder;
	}

}
