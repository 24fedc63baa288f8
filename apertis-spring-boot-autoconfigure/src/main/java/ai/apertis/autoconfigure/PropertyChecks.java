package ai.apertis.autoconfigure;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Checks the values of properties, with a message that says what to do.
 */
public final class PropertyChecks {

	private static final int LAST_PORT = 65535;

	private static final String EXAMPLE = "https://api.apertis.ai/v1";

	private final UnaryOperator<String> names;

	/**
	 * Create checks.
	 * @param names gives the full name under which a property was set
	 */
	PropertyChecks(UnaryOperator<String> names) {
		this.names = names;
	}

	/**
	 * Create checks of properties with a common prefix.
	 * @param prefix the prefix, without a dot behind it
	 * @return the checks
	 */
	public static PropertyChecks below(String prefix) {
		return new PropertyChecks((name) -> prefix + "." + name);
	}

	/**
	 * Return the full name under which a property was set.
	 * @param name the property's name
	 * @return the full name
	 */
	String name(String name) {
		return this.names.apply(name);
	}

	/**
	 * Refuse a time that is not positive.
	 * @param name the property's name
	 * @param value its value, {@code null} if it is not set
	 */
	public void positive(String name, @Nullable Duration value) {
		if (value != null && (value.isZero() || value.isNegative())) {
			refuse(name, value, "It must be positive, such as 30s.");
		}
	}

	/**
	 * Refuse a time that is negative.
	 * @param name the property's name
	 * @param value its value, {@code null} if it is not set
	 */
	public void notNegative(String name, @Nullable Duration value) {
		if (value != null && value.isNegative()) {
			refuse(name, value, "It must not be negative.");
		}
	}

	/**
	 * Refuse a size that is not positive.
	 * @param name the property's name
	 * @param value its value, {@code null} if it is not set
	 */
	public void positive(String name, @Nullable DataSize value) {
		if (value != null && value.toBytes() <= 0) {
			refuse(name, value, "It must be positive, such as 8MB.");
		}
	}

	/**
	 * Refuse a size that is not positive, or larger than an array can be.
	 * @param name the property's name
	 * @param value its value
	 */
	public void ofOneArray(String name, DataSize value) {
		positive(name, value);
		if (value.toBytes() > Integer.MAX_VALUE) {
			refuse(name, value, "It must be less than 2GB.");
		}
	}

	/**
	 * Refuse a number that is not positive.
	 * @param name the property's name
	 * @param value its value, {@code null} if it is not set
	 */
	public void positive(String name, @Nullable Long value) {
		if (value != null && value <= 0) {
			refuse(name, value, "It must be positive.");
		}
	}

	/**
	 * Refuse a number that is not positive.
	 * @param name the property's name
	 * @param value its value
	 */
	public void positive(String name, @Nullable BigDecimal value) {
		if (value != null && value.signum() <= 0) {
			refuse(name, value, "It must be positive.");
		}
	}

	/**
	 * Require a positive number.
	 * @param name the property's name below the prefix
	 * @param value its value
	 */
	public void positive(String name, int value) {
		positive(name, (long) value);
	}

	/**
	 * Refuse a number that is negative.
	 * @param name the property's name
	 * @param value its value
	 */
	public void notNegative(String name, int value) {
		if (value < 0) {
			refuse(name, value, "It must not be negative; 0 is none at all.");
		}
	}

	void port(String name, int value) {
		if (value < 1 || value > LAST_PORT) {
			refuse(name, value, "It must be between 1 and " + LAST_PORT + ".");
		}
	}

	/**
	 * Refuse a text that is blank.
	 * @param name the property's name
	 * @param value its value, {@code null} if it is not set
	 */
	public void notBlank(String name, @Nullable String value) {
		if (value != null && !StringUtils.hasText(value)) {
			refuse(name, value, "It is blank. Give it a value, or leave the property out.");
		}
	}

	/**
	 * Refuse a value.
	 * @param name the property's name
	 * @param value the value, {@code null} if it must not be shown
	 * @param reason what is wrong with it, and what to do
	 */
	public void refuse(String name, @Nullable Object value, String reason) {
		throw new InvalidConfigurationPropertyValueException(this.names.apply(name), value, reason);
	}

	/**
	 * Check the base URL of a gateway, to which the paths of its endpoints are appended.
	 */
	void baseUrl(String name, String value) {
		notBlank(name, value);
		String url = value.strip();
		if (url.matches("[^?#]*://[^/?#]*@.*")) {
			refuse(name, null, "It must not have a user or a password: the gateway is reached with the API key.");
		}
		if (url.contains("${")) {
			refuse(name, url, "Nothing stands for the placeholder in it. Give it a value, such as " + EXAMPLE + ".");
		}
		if (!url.matches("(?i)https?://[^/\\s?#]+.*")) {
			refuse(name, withoutSecrets(url),
					"It must begin with https:// or http://, and name a host, such as " + EXAMPLE + ".");
		}
		if (url.matches(".*[?#].*")) {
			refuse(name, withoutSecrets(url),
					"It must not have a query or a fragment, as the paths of the endpoints are appended to it."
							+ " End it with the version of the API, such as " + EXAMPLE + ".");
		}
		if (url.matches("(?s).*\\s.*")) {
			refuse(name, url, "It must not have blanks in it.");
		}
		if (url.matches(".*/(chat/completions|completions|models|responses|messages|embeddings)/*")) {
			refuse(name, url, "It must not name an endpoint, as the paths of the endpoints are appended to it."
					+ " End it with the version of the API, such as " + EXAMPLE + ".");
		}
	}

	/**
	 * Return an address as it can be shown, {@code null} if a user, a password or a key
	 * may be in it.
	 */
	static @Nullable String withoutSecrets(String address) {
		return (address.indexOf('@') >= 0 || address.indexOf('?') >= 0) ? null : address;
	}

	/**
	 * Return the full name under which a property was set, or may be.
	 */
	String nameOf(String name) {
		return this.names.apply(name);
	}

}
