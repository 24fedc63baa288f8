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
	 * Create a response without a body.
	 * @param status the HTTP status
	 * @return the response
	 */
	public static ErrorResponse empty(int status) {
		return new ErrorResponse(status, MediaType.ALL, new byte[0], null);
	}

	/**
	 * Return whether there is no body.
	 * @return whether neither a type nor a length is to be sent
	 */
	public boolean isEmpty() {
		return this.body.length == 0;
	}

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
