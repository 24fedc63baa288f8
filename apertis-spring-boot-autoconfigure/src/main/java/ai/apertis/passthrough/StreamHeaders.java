package ai.apertis.passthrough;

import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * The headers of a relayed stream, which keep caches, compressors and proxies on the way
 * from holding events back.
 */
public final class StreamHeaders {

	/** The content type of a stream. */
	public static final MediaType EVENT_STREAM = new MediaType(MediaType.TEXT_EVENT_STREAM, StandardCharsets.UTF_8);

	private StreamHeaders() {
	}

	/**
	 * Set the headers besides the content type.
	 * @param header takes each header's name and value
	 */
	public static void set(BiConsumer<String, String> header) {
		header.accept(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform");
		header.accept("X-Accel-Buffering", "no");
	}

}
