package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

import ai.apertis.client.error.ApertisException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * API key of one call. It is read once per call, so that it may change while the
 * application runs, and so that responses are free of the key with which the call was
 * made.
 */
final class Credentials {

	private static final String REDACTED = "[redacted]";

	/**
	 * The gateway's keys are much longer. What is shorter is a stand-in in a test, and
	 * may be a word.
	 */
	private static final int SHORTEST_SECRET = 16;

	private final Supplier<String> source;

	private volatile String apiKey = "";

	private volatile @Nullable Secret secret;

	Credentials(Supplier<String> source) {
		this.source = source;
	}

	/**
	 * Return the key, which is read at the first attempt of the call.
	 */
	String bearerToken() {
		if (this.apiKey.isEmpty()) {
			String key = obtain();
			requirePrintable(key);
			this.secret = (key.length() >= SHORTEST_SECRET) ? new Secret(key) : null;
			this.apiKey = key;
		}
		return this.apiKey;
	}

	private String obtain() {
		try {
			return this.source.get().strip();
		}
		catch (RuntimeException ex) {
			throw new ApertisException("The API key cannot be obtained: " + ex.getClass().getSimpleName(), ex);
		}
	}

	/**
	 * Refuse a key that no HTTP header can have: whatever sends it would show it.
	 * @param key the key
	 */
	static void requirePrintable(String key) {
		for (int i = 0; i < key.length(); i++) {
			if (key.charAt(i) <= ' ' || key.charAt(i) > '~') {
				throw new ApertisException("The API key cannot be sent: its character " + (i + 1) + " of "
						+ key.length() + " is a blank, a line break or no character of ASCII", null);
			}
		}
	}

	/**
	 * Take the key out of a text, in case that the gateway echoes it, in whatever form.
	 */
	String redact(String text) {
		Secret secret = this.secret;
		return (secret != null) ? secret.redact(text) : text;
	}

	/**
	 * Take the key, which is ASCII, out of a document, without touching anything else.
	 */
	byte[] redact(byte[] json) {
		String bytes = new String(json, StandardCharsets.ISO_8859_1);
		String redacted = redact(bytes);
		return redacted.equals(bytes) ? json : redacted.getBytes(StandardCharsets.ISO_8859_1);
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
