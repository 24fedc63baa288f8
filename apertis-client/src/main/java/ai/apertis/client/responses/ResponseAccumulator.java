package ai.apertis.client.responses;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Puts a response together from its events. Items are joined by their index, as some
 * gateways give each event another id; what {@code .done} says counts, else the deltas;
 * the terminal event is asked for what no event has told.
 */
public final class ResponseAccumulator {

	private static final String ITEM = "item";

	private static final String DELTA = "delta";

	private final Map<Integer, Item> items = new TreeMap<>();

	private @Nullable String id;

	private JsonNode response = JsonNodeFactory.instance.objectNode();

	/**
	 * Add the next event.
	 * @param event the event
	 */
	public void add(ResponseEvent event) {
		JsonNode json = event.json();
		if (json.path("response").isObject()) {
			this.response = json.path("response");
			this.id = (this.id != null) ? this.id : this.response.path("id").asString(null);
		}
		String type = event.type();
		if (type.startsWith("response.output_item.")) {
			item(json).update(json.path(ITEM));
		}
		else if (type.startsWith("response.output_text.")) {
			text(json, "text", type);
		}
		else if (type.startsWith("response.refusal.")) {
			text(json, "refusal", type);
		}
		else if (type.startsWith("response.reasoning_text.") || type.startsWith("response.reasoning_summary_text.")) {
			text(json, type.contains("summary") ? "summary" : "reasoning", type);
		}
		else if (type.startsWith("response.function_call_arguments.")) {
			text(json, "arguments", type);
		}
		else if (type.startsWith("response.custom_tool_call_input.")) {
			text(json, "input", type);
		}
	}

	private Item item(JsonNode json) {
		return this.items.computeIfAbsent(json.path("output_index").asInt(this.items.size()), (index) -> new Item());
	}

	private void text(JsonNode json, String kind, String type) {
		int part = json.path("content_index").asInt(json.path("summary_index").asInt(0));
		String key = kind + part;
		Item item = item(json);
		if (type.endsWith(".delta")) {
			item.pieces.computeIfAbsent(key, (none) -> new StringBuilder()).append(json.path(DELTA).asString(""));
		}
		else if (type.endsWith(".done")) {
			String whole = json.path(kind.equals("reasoning") || kind.equals("summary") ? "text" : kind).asString(null);
			if (whole != null) {
				item.pieces.put(key, new StringBuilder(whole));
			}
		}
	}

	/**
	 * Return what has come so far.
	 * @param finishReason why it has ended
	 * @param usage the tokens, {@code null} if they were not told
	 * @return the response
	 */
	public CollectedResponse response(String finishReason, @Nullable Usage usage) {
		int index = 0;
		for (JsonNode item : this.response.path("output")) {
			int position = index++;
			this.items.computeIfAbsent(position, (none) -> new Item()).complete(item);
		}
		List<CollectedResponse.ToolCall> calls = new ArrayList<>();
		this.items.values().forEach((item) -> item.addCall(calls));
		return new CollectedResponse(this.id, join((item) -> item.text("text")), join(Item::reasoning),
				join((item) -> item.text("refusal")), calls, finishReason, usage, this.response);
	}

	private String join(Function<Item, String> part) {
		StringBuilder all = new StringBuilder();
		this.items.values().forEach((item) -> all.append(part.apply(item)));
		return all.toString();
	}

	/**
	 * One item of the output.
	 */
	private static final class Item {

		private final Map<String, StringBuilder> pieces = new HashMap<>();

		private JsonNode json = JsonNodeFactory.instance.objectNode();

		void update(JsonNode item) {
			if (item.isObject()) {
				this.json = item;
				complete(item);
			}
		}

		/**
		 * Take what no event has told.
		 */
		void complete(JsonNode item) {
			if (this.json.isEmpty()) {
				this.json = item;
			}
			fill("arguments", item.path("arguments"), 0);
			fill("input", item.path("input"), 0);
			int part = 0;
			for (JsonNode content : item.path("content")) {
				String type = content.path("type").asString("");
				fill(type.equals("reasoning_text") ? "reasoning" : type.equals("refusal") ? "refusal" : "text",
						type.equals("refusal") ? content.path("refusal") : content.path("text"), part++);
			}
			part = 0;
			for (JsonNode summary : item.path("summary")) {
				fill("summary", summary.path("text"), part++);
			}
		}

		private void fill(String kind, JsonNode text, int part) {
			if (text.isString() && !text.asString().isEmpty()) {
				this.pieces.putIfAbsent(kind + part, new StringBuilder(text.asString()));
			}
		}

		String text(String kind) {
			StringBuilder all = new StringBuilder();
			for (int part = 0; this.pieces.containsKey(kind + part); part++) {
				all.append(this.pieces.get(kind + part));
			}
			return all.toString();
		}

		String reasoning() {
			String told = text("reasoning");
			return told.isEmpty() ? text("summary") : told;
		}

		void addCall(List<CollectedResponse.ToolCall> calls) {
			String type = this.json.path("type").asString("");
			boolean custom = type.equals("custom_tool_call");
			if (custom || type.equals("function_call")) {
				String arguments = text(custom ? "input" : "arguments");
				calls.add(new CollectedResponse.ToolCall(
						this.json.path("call_id").asString(this.json.path("id").asString("")),
						this.json.path("name").asString(""), arguments, custom,
						!this.json.path("status").asString("").equals("incomplete")));
			}
		}

	}

}
