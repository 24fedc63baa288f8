package ai.apertis.client.chat;

import tools.jackson.databind.JsonNode;

/**
 * Content that arrives as a list of parts, with the thinking among the text.
 */
final class ContentParts {

	private final StringBuilder text = new StringBuilder();

	private final StringBuilder thinking = new StringBuilder();

	ContentParts(JsonNode parts) {
		for (JsonNode part : parts) {
			if (part.isString()) {
				this.text.append(part.asString());
			}
			else if ("thinking".equals(part.path("type").asString("")) || part.has("thinking")) {
				thinking(part.path("thinking"));
			}
			else {
				this.text.append(part.path("text").asString(""));
			}
		}
	}

	private void thinking(JsonNode thinking) {
		if (thinking.isString()) {
			this.thinking.append(thinking.asString());
		}
		for (JsonNode piece : thinking) {
			this.thinking.append(piece.isString() ? piece.asString() : piece.path("text").asString(""));
		}
	}

	String text() {
		return this.text.toString();
	}

	String thinking() {
		return this.thinking.toString();
	}

}
