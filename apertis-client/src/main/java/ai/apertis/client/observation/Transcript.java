package ai.apertis.client.observation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import ai.apertis.client.sse.Event;
import ai.apertis.client.wire.WireJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The chunks of an answer as they came, to be read after its end, if at all. No more is
 * kept than may be needed.
 */
final class Transcript {

	private static final int MAX_BYTES = 1024 * 1024;

	private static final JsonMapper JSON = WireJson.mapper();

	private final List<byte[]> chunks = new ArrayList<>();

	private int bytes;

	private boolean whole = true;

	void add(Event event) {
		int length = event.dataEnd() - event.dataStart();
		if (this.bytes + length > MAX_BYTES) {
			this.whole = false;
			return;
		}
		this.bytes += length;
		// the event's own bytes are overwritten by what comes next
		this.chunks.add(Arrays.copyOfRange(event.data(), event.dataStart(), event.dataEnd()));
	}

	/**
	 * Return whether no chunk has been left out.
	 */
	boolean isWhole() {
		return this.whole;
	}

	/**
	 * Read all that the model has written: its reasoning, its answer, its tool calls.
	 */
	String text() {
		return String.join("\n", texts());
	}

	/**
	 * Read what the model has written, for each choice.
	 */
	Collection<String> texts() {
		Map<Integer, StringBuilder> texts = new TreeMap<>();
		for (byte[] chunk : this.chunks) {
			try {
				read(JSON.readTree(chunk), texts);
			}
			catch (JacksonException ex) {
				// bytes that are no UTF-8: the others tell enough
				this.whole = false;
			}
		}
		return texts.values().stream().map(StringBuilder::toString).toList();
	}

	private static void read(JsonNode chunk, Map<Integer, StringBuilder> texts) {
		int position = 0;
		for (JsonNode choice : chunk.path("choices")) {
			StringBuilder text = texts.computeIfAbsent(choice.path("index").asInt(position++),
					(index) -> new StringBuilder());
			JsonNode delta = choice.has("delta") ? choice.path("delta") : choice.path("message");
			String reasoning = delta.path("reasoning_content").asString("");
			text.append(reasoning.isEmpty() ? delta.path("reasoning").asString("") : reasoning);
			content(delta.path("content"), text);
			text.append(delta.path("refusal").asString(""));
			for (JsonNode call : delta.path("tool_calls")) {
				text.append(call.path("function").path("name").asString(""))
					.append(call.path("function").path("arguments").asString(""));
			}
		}
	}

	private static void content(JsonNode content, StringBuilder text) {
		if (content.isArray()) {
			content.forEach((part) -> text.append(part.path("text").asString("")));
		}
		else {
			text.append(content.asString(""));
		}
	}

}
