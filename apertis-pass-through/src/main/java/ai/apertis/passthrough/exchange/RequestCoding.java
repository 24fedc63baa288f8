package ai.apertis.passthrough.exchange;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.limit.RequestMemory;
import ai.apertis.passthrough.route.RequestReader;
import org.jspecify.annotations.Nullable;

import org.springframework.util.FastByteArrayOutputStream;

/**
 * Decodes compressed bodies of requests, within the limit for all bodies.
 */
final class RequestCoding {

	private static final int MAX_NAME_LENGTH = 64;

	private static final int PIECE = 16 * 1024;

	private RequestCoding() {
	}

	/**
	 * Decode a body.
	 * @param coding the request's {@code Content-Encoding}, {@code null} if it has none
	 * @param body the body as it came
	 * @param limit the maximum number of bytes that it may have when it is decoded
	 * @param held takes what it has then, as a small body may become a large one
	 * @return the body as it was before
	 * @throws RefusedException if it is too large, or in a coding that is not known
	 */
	static byte[] decode(@Nullable String coding, byte[] body, int limit, RequestMemory.Held held) {
		String name = (coding != null) ? coding.strip().toLowerCase(Locale.ROOT) : "";
		return switch (name) {
			case "", "identity" -> body;
			case "gzip", "x-gzip" -> unzip(body, limit, held);
			default -> throw RefusedException.of(415, "unsupported_content_encoding",
					"The Content-Encoding '" + RequestReader.printable(name, MAX_NAME_LENGTH).strip()
							+ "' is not supported: send the body as it is, or with gzip");
		};
	}

	private static byte[] unzip(byte[] body, int limit, RequestMemory.Held held) {
		try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
			FastByteArrayOutputStream decoded = new FastByteArrayOutputStream();
			byte[] piece = new byte[PIECE];
			for (int read = in.read(piece); read != -1; read = in.read(piece)) {
				if (decoded.size() + read > limit) {
					throw IncomingRequest.tooLarge(limit);
				}
				held.add(read);
				decoded.write(piece, 0, read);
			}
			return decoded.toByteArrayUnsafe();
		}
		catch (IOException ex) {
			throw RefusedException.of(400, "invalid_request", "The body is not what its Content-Encoding gzip says");
		}
	}

}
