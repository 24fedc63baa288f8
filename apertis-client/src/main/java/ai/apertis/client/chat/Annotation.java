package ai.apertis.client.chat;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Annotation of a part of the answer's text, such as the source of a statement. Providers
 * send it in two shapes, which are read alike.
 *
 * @param type the kind of note, such as {@code url_citation}
 * @param url where the source is, {@code null} if not told
 * @param title the source's title, {@code null} if not told
 * @param content what the source says, {@code null} if not told
 * @param startIndex where in the text the part begins; 0 if not told
 * @param endIndex where it ends; 0 if not told
 */
public record Annotation(String type, @Nullable String url, @Nullable String title, @Nullable String content,
		int startIndex, int endIndex) {

	static Annotation of(JsonNode json) {
		String type = json.path("type").asString("");
		JsonNode inner = json.path(type).isObject() ? json.path(type) : json;
		return new Annotation(type, text(inner, "url"), text(inner, "title"), text(inner, "content"),
				inner.path("start_index").asInt(0), inner.path("end_index").asInt(0));
	}

	private static @Nullable String text(JsonNode json, String name) {
		return json.path(name).isString() ? json.path(name).asString() : null;
	}

	/**
	 * Return the type, not the content.
	 */
	@Override
	public String toString() {
		return "Annotation[type=" + this.type + "]";
	}

}
