package ai.apertis.client.responses;

import tools.jackson.databind.JsonNode;

/**
 * One event of a response, as it came.
 *
 * @param type its type, such as {@code response.output_text.delta}; empty if it has none
 * @param json its data
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">The
 * events</a>
 */
public record ResponseEvent(String type, JsonNode json) {

	/**
	 * Return the piece of the answer's text that it has.
	 * @return the text, empty if it has none
	 */
	public String text() {
		return this.type.equals("response.output_text.delta") ? this.json.path("delta").asString("") : "";
	}

	/**
	 * Return the type, not what the event says.
	 */
	@Override
	public String toString() {
		return "ResponseEvent[type=" + this.type + "]";
	}

}
