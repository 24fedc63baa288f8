package ai.apertis.client.upstream;

import java.util.function.Supplier;

import ai.apertis.client.error.ApertisException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.HttpHeaders;

/**
 * The API key of one call. It is asked for once for each call, so that it may change
 * while the application runs, and so that what the gateway says of the call is free of
 * the key with which the call was made.
 */
final class Credentials {

	private static final String REDACTED = "[redacted]";

	/**
	 * The gateway's keys are much longer. What is shorter is a stand-in in a test, and
	 * may be a word.
	 */
	private static final int SHORTEST_SECRET = 16;

	private static final JsonMapper JSON = JsonMapper.shared();

	private final Supplier<String> source;

	private volatile String apiKey = "";

	Credentials(Supplier<String> source) {
		this.source = source;
	}

	/**
	 * Return the key, which is asked for at the first attempt of the call.
	 */
	String bearerToken() {
		if (this.apiKey.isEmpty()) {
			try {
				this.apiKey = this.source.get().strip();
			}
			catch (RuntimeException ex) {
				throw new ApertisException("The API key cannot be obtained: " + ex.getClass().getSimpleName(), ex);
			}
		}
		return this.apiKey;
	}

	/**
	 * Take the key out of a text, in case that the gateway echoes it: as it is, or
	 * written with JSON's escapes.
	 */
	String redact(String text) {
		String key = this.apiKey;
		if (key.length() < SHORTEST_SECRET || text.length() < key.length()) {
			return text;
		}
		String plain = text.replace(key, REDACTED);
		if (plain.indexOf('\\') < 0) {
			return plain;
		}
		try {
			String unescaped = JSON.readTree(plain).toString();
			return unescaped.contains(key) ? unescaped.replace(key, REDACTED) : plain;
		}
		catch (JacksonException ex) {
			// no JSON, so that a backslash is one
			return plain;
		}
	}

	/**
	 * Take the key out of an answer's headers.
	 */
	HttpHeaders redact(HttpHeaders headers) {
		if (headers.headerSet().stream().allMatch((header) -> header.getValue().stream().allMatch(this::isHarmless))) {
			return headers;
		}
		HttpHeaders redacted = new HttpHeaders();
		headers.forEach((name, values) -> values.forEach((value) -> redacted.add(name, redact(value))));
		return redacted;
	}

	private boolean isHarmless(String value) {
		return redact(value).equals(value);
	}

	/**
	 * Never tells the key.
	 */
	@Override
	public String toString() {
		return REDACTED;
	}

}
