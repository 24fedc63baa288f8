package ai.apertis.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Thrown when there is no API key, or one that cannot be sent.
 */
class MissingApiKeyException extends RuntimeException {

	private final String property;

	private final @Nullable String placeholder;

	private final boolean unsendable;

	private MissingApiKeyException(String property, @Nullable String placeholder, boolean unsendable) {
		super(unsendable ? "The Apertis API key cannot be sent: look for blanks and line breaks in " + property
				: "No Apertis API key is configured: set " + property);
		this.property = property;
		this.placeholder = placeholder;
		this.unsendable = unsendable;
	}

	/**
	 * Refuse a key that is none: a blank one, or a placeholder that nothing stands for,
	 * which would be sent as it is; and one that cannot be sent.
	 */
	static String require(String property, @Nullable String key) {
		if (key == null || !StringUtils.hasText(key)) {
			throw new MissingApiKeyException(property, null, false);
		}
		if (key.contains("${")) {
			throw new MissingApiKeyException(property, key, false);
		}
		if (!key.strip().chars().allMatch((character) -> character > ' ' && character <= '~')) {
			throw new MissingApiKeyException(property, null, true);
		}
		return key.strip();
	}

	/**
	 * Return whether there is a key, with characters that no HTTP header can have.
	 */
	boolean isUnsendable() {
		return this.unsendable;
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
