package ai.apertis.passthrough.delivery;

import java.util.LinkedHashMap;
import java.util.Map;

import ai.apertis.passthrough.format.StreamFormat;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Head of a response with status 200.
 *
 * @param contentType the media type of the body
 * @param contentLength its length in bytes, -1 if it is not known
 * @param headers the other headers
 */
public record ResponseHead(MediaType contentType, long contentLength, Map<String, String> headers) {

	/**
	 * The head of a stream, whose headers keep caches, compressors and proxies on the way
	 * from holding events back.
	 * @param headers further headers
	 * @return the head
	 */
	public static ResponseHead ofStream(Map<String, String> headers) {
		return ofStream(StreamFormat.EVENT_STREAM, headers);
	}

	/**
	 * The head of a stream of any media type.
	 * @param contentType the media type
	 * @param headers further headers
	 * @return the head
	 */
	public static ResponseHead ofStream(MediaType contentType, Map<String, String> headers) {
		Map<String, String> all = new LinkedHashMap<>(headers);
		all.put(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform");
		all.put("X-Accel-Buffering", "no");
		return new ResponseHead(contentType, -1, all);
	}

	/**
	 * The head of a JSON document.
	 * @param length its length in bytes
	 * @param headers further headers
	 * @return the head
	 */
	public static ResponseHead ofJson(long length, Map<String, String> headers) {
		return new ResponseHead(MediaType.APPLICATION_JSON, length, headers);
	}

}
