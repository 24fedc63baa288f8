package ai.apertis.client.upstream;

import java.util.function.Supplier;

/**
 * The API key, asked for anew for each call, so that it may change while the application
 * runs.
 */
final class Credentials {

	private static final String REDACTED = "[redacted]";

	private final Supplier<String> apiKey;

	Credentials(Supplier<String> apiKey) {
		this.apiKey = apiKey;
	}

	String bearerToken() {
		return this.apiKey.get().strip();
	}

	/**
	 * Take the key out of a text, in case that the gateway echoes it.
	 */
	String redact(String text) {
		String key = bearerToken();
		return key.isEmpty() ? text : text.replace(key, REDACTED);
	}

	/**
	 * Never tells the key.
	 */
	@Override
	public String toString() {
		return REDACTED;
	}

}
