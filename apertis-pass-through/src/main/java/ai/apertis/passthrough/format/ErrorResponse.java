package ai.apertis.passthrough.format;

import org.jspecify.annotations.Nullable;

import org.springframework.http.MediaType;

/**
 * The response to a request that has failed before anything was sent.
 *
 * @param status the HTTP status
 * @param contentType the media type of the body
 * @param body the body
 * @param retryAfter the value of the {@code Retry-After} header, {@code null} for none
 */
public record ErrorResponse(int status, MediaType contentType, byte[] body, @Nullable String retryAfter) {

	/**
	 * Create a response with a JSON body.
	 * @param status the HTTP status
	 * @param json the body
	 * @param retryAfter the value of the {@code Retry-After} header, {@code null} for
	 * none
	 * @return the response
	 */
	public static ErrorResponse ofJson(int status, byte[] json, @Nullable String retryAfter) {
		return new ErrorResponse(status, MediaType.APPLICATION_JSON, json, retryAfter);
	}

}
