package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Credentials}.
 */
class CredentialsTests {

	private static final String KEY = "sk-0123456789abcdef";

	private final Credentials credentials = new Credentials(() -> KEY);

	@Test
	void takesTheKeyOutOfADocumentAndNothingElse() {
		this.credentials.bearerToken();
		byte[] cut = { (byte) 0xC3, (byte) 0xFF, '"' };
		String text = "{\"a\":\"漢字 é 🙂 " + KEY + " é\",\"b\":\"";
		byte[] document = join(text.getBytes(StandardCharsets.UTF_8), cut);
		assertThat(this.credentials.redact(document))
			.isEqualTo(join(text.replace(KEY, "[redacted]").getBytes(StandardCharsets.UTF_8), cut));
	}

	@Test
	void leavesADocumentWithoutTheKeyAsItIs() {
		this.credentials.bearerToken();
		byte[] document = "{\"a\":\"é \\u00e9 100 %\"}".getBytes(StandardCharsets.UTF_8);
		assertThat(this.credentials.redact(document)).isSameAs(document);
	}

	private static byte[] join(byte[] first, byte[] second) {
		byte[] joined = new byte[first.length + second.length];
		System.arraycopy(first, 0, joined, 0, first.length);
		System.arraycopy(second, 0, joined, first.length, second.length);
		return joined;
	}

}
