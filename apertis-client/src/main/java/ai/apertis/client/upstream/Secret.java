package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Secret in the forms in which it may appear: as it is, in hexadecimal, in base64 at any
 * offset, and with the escapes of JSON or of URLs.
 */
final class Secret {

	private static final String REDACTED = "[redacted]";

	/** How many bits a character of base64 has. */
	private static final int SEXTET = 6;

	private final List<String> forms = new ArrayList<>();

	private final int shortest;

	/**
	 * Create a secret.
	 * @param secret its characters, all of ASCII
	 */
	Secret(String secret) {
		byte[] bytes = secret.getBytes(StandardCharsets.US_ASCII);
		this.forms.add(secret);
		this.forms.add(HexFormat.of().formatHex(bytes));
		this.forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
		for (int before = 0; before < 3; before++) {
			byte[] shifted = new byte[before + bytes.length];
			System.arraycopy(bytes, 0, shifted, before, bytes.length);
			this.forms.add(inside(Base64.getEncoder().encodeToString(shifted), before, bytes.length));
			this.forms.add(inside(Base64.getUrlEncoder().encodeToString(shifted), before, bytes.length));
		}
		this.shortest = this.forms.stream().mapToInt(String::length).min().orElse(0);
	}

	/**
	 * Only those characters in which nothing else is.
	 */
	private static String inside(String base64, int before, int length) {
		int start = (before * Byte.SIZE + SEXTET - 1) / SEXTET;
		int end = (before + length) * Byte.SIZE / SEXTET;
		return base64.substring(start, end);
	}

	/**
	 * Take the secret out of a text. JSON stays JSON.
	 */
	String redact(String text) {
		if (text.length() < this.shortest) {
			return text;
		}
		String plain = replaced(text);
		if (plain.indexOf('\\') < 0 && plain.indexOf('%') < 0) {
			return plain;
		}
		String decoded = decoded(plain);
		String redacted = replaced(decoded);
		return redacted.equals(decoded) ? plain : redacted;
	}

	private String replaced(String text) {
		String replaced = text;
		for (String form : this.forms) {
			replaced = replaced.replace(form, REDACTED);
		}
		return replaced;
	}

	/**
	 * Write what is escaped though it need not be as it is.
	 */
	private static String decoded(String text) {
		StringBuilder decoded = new StringBuilder(text.length());
		int i = 0;
		while (i < text.length()) {
			char c = text.charAt(i);
			int length = (c == '%') ? 3 : (c != '\\') ? 1 : text.startsWith("u00", i + 1) ? 6 : 2;
			int character = (length == 3 || length == 6) ? hexadecimal(text, i + length - 2) : -1;
			if (character > ' ' && character < 127 && character != '"' && character != '\\') {
				decoded.append((char) character);
			}
			else if (length == 2 && text.startsWith("/", i + 1)) {
				decoded.append('/');
			}
			else {
				length = Math.min((length == 3) ? 1 : length, text.length() - i);
				decoded.append(text, i, i + length);
			}
			i += length;
		}
		return decoded.toString();
	}

	private static int hexadecimal(String text, int start) {
		if (start + 2 > text.length() || !HexFormat.isHexDigit(text.charAt(start))
				|| !HexFormat.isHexDigit(text.charAt(start + 1))) {
			return -1;
		}
		return HexFormat.fromHexDigits(text, start, start + 2);
	}

	/**
	 * Never tells the secret.
	 */
	@Override
	public String toString() {
		return REDACTED;
	}

}
