package ai.apertis.client.upstream;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API key of one call. It is asked for once for each call, so that it may change
 * while the application runs, and so that what the gateway says of the call is free of
 * the key with which the call was made.
 */
final class Credentials {

	private static final String REDACTED = "[redacted]";

	private static final JsonMapper JSON = JsonMapper.shared();

	private final String apiKey;

	Credentials(String apiKey) {
		this.apiKey = apiKey.strip();
	}

	String bearerToken() {
		return this.apiKey;
	}

	/**
	 * Take the key out of a text, in case that the gateway echoes it: as it is, or
	 * written with JSON's escapes.
	 */
	String redact(String text) {
		if (this.apiKey.isEmpty()) {
			return text;
		}
		String plain = text.replace(this.apiKey, REDACTED);
		if (plain.indexOf('\\') < 0) {
			return plain;
		}
		try {
			String unescaped = JSON.readTree(plain).toString();
			return unescaped.contains(this.apiKey) ? unescaped.replace(this.apiKey, REDACTED) : plain;
		}
		catch (JacksonException ex) {
			// no JSON, so that a backslash is one
			return plain;
		}
	}

	/**
	 * Never tells the key.
	 */
	@Override
	public String toString() {
		return REDACTED;
	}

}
