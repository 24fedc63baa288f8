package ai.apertis.passthrough.route;

import ai.apertis.passthrough.RefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.UnexpectedEndOfInputException;

/**
 * Says why a body is not the JSON object that it must be: with the place, but without a
 * quote, which could be of the prompt.
 */
final class InvalidBody {

	private InvalidBody() {
	}

	/**
	 * Refuse a body that is not in UTF-8.
	 */
	static RefusedException notUtf8() {
		return refusal("The body must be a JSON object in UTF-8");
	}

	/**
	 * Refuse a body that begins with something else than an object.
	 * @param first its first token, or {@code null} if it has none
	 */
	static RefusedException notAnObject(@Nullable JsonToken first) {
		if (first == null) {
			return refusal("The body must be a JSON object, but is empty");
		}
		return refusal("The body must be a JSON object, but is "
				+ ((first == JsonToken.START_ARRAY) ? "an array" : "a single value"));
	}

	/**
	 * Refuse a body with something behind its object.
	 * @param location where that is
	 */
	static RefusedException continued(TokenStreamLocation location) {
		return refusal("The body must be one JSON object, but more follows" + place(location));
	}

	/**
	 * Refuse a body that ends before its object does.
	 * @param location where it ends
	 */
	static RefusedException cutShort(@Nullable TokenStreamLocation location) {
		return refusal("The body must be a whole JSON object, but ends" + place(location));
	}

	/**
	 * Refuse a body that cannot be parsed.
	 * @param failure why not
	 */
	static RefusedException unreadable(JacksonException failure) {
		if (failure instanceof UnexpectedEndOfInputException) {
			return cutShort(failure.getLocation());
		}
		return refusal("The body must be a JSON object, but is not valid JSON" + place(failure.getLocation()));
	}

	/**
	 * Refuse a body with a number, a name or a text that is beyond what JSON parsers
	 * take.
	 */
	static RefusedException outOfRange() {
		return refusal("The body has a number, a name or a text of excessive size");
	}

	private static RefusedException refusal(String message) {
		return RefusedException.of(400, "invalid_request", message);
	}

	private static String place(@Nullable TokenStreamLocation location) {
		return (location != null && location.getLineNr() > 0)
				? " at line " + location.getLineNr() + ", column " + location.getColumnNr() : "";
	}

}
