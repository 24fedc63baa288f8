package ai.apertis.client.chat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Accumulates the tool calls of one choice: by id, then by index, then by position.
 * Providers repeat, omit and mix all three. Not safe for use by several threads at a
 * time.
 */
public final class ToolCallAccumulator {

	private final List<Call> calls = new ArrayList<>();

	private final Map<String, Call> byId = new HashMap<>();

	private final Map<Integer, Call> newestByIndex = new HashMap<>();

	private @Nullable Call latest;

	/**
	 * Add a piece of a call.
	 * @param delta the piece
	 * @return the position of the call to which it belongs, from 0
	 */
	public int add(ToolCallDelta delta) {
		Call call = find(delta);
		if (call == null) {
			call = new Call(this.calls.size());
			this.calls.add(call);
			if (delta.index() != null) {
				this.newestByIndex.put(delta.index(), call);
			}
		}
		call.add(delta);
		if (call.id != null) {
			this.byId.putIfAbsent(call.id, call);
		}
		this.latest = call;
		return call.position;
	}

	private @Nullable Call find(ToolCallDelta delta) {
		Call known = (delta.id() != null) ? this.byId.get(delta.id()) : null;
		if (known != null) {
			return known;
		}
		if (delta.index() != null) {
			Call atIndex = this.newestByIndex.get(delta.index());
			// another id and a name, at an index that is taken, begin another call
			boolean another = (atIndex != null && atIndex.id != null && delta.id() != null && delta.name() != null);
			return another ? null : atIndex;
		}
		return (delta.id() == null && delta.name() == null) ? this.latest : null;
	}

	/**
	 * Return a call, as far as it has come.
	 * @param position the position of the call
	 * @param choice what tells this choice from all others, for the id of a call to which
	 * the provider gave none
	 * @return the call
	 */
	public ToolCall toolCall(int position, String choice) {
		return this.calls.get(position).toolCall(choice + "/" + position);
	}

	/**
	 * Return the calls.
	 * @param choice what tells this choice from all others, for the ids of calls to which
	 * the provider gave none
	 * @return the calls of which something has come
	 */
	List<ToolCall> toolCalls(String choice) {
		List<ToolCall> complete = new ArrayList<>();
		for (Call call : this.calls) {
			if (call.hasContent()) {
				complete.add(call.toolCall(choice + "/" + complete.size()));
			}
		}
		return complete;
	}

	private static final class Call {

		private final int position;

		private @Nullable String id;

		private @Nullable String type;

		private final StringBuilder name = new StringBuilder();

		private final StringBuilder arguments = new StringBuilder();

		private final Map<String, JsonNode> extra = new HashMap<>();

		Call(int position) {
			this.position = position;
		}

		void add(ToolCallDelta delta) {
			if (this.id == null) {
				this.id = delta.id();
			}
			if (this.type == null) {
				this.type = delta.type();
			}
			// an equal name is a repetition, a different one the next piece
			if (delta.name() != null && !delta.name().contentEquals(this.name)) {
				this.name.append(delta.name());
			}
			this.arguments.append(delta.arguments());
			this.extra.putAll(delta.extra());
		}

		private static String generated(String place) {
			return ToolCall.GENERATED_ID
					+ UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8)).toString().replace("-", "");
		}

		boolean hasContent() {
			return this.id != null || !this.name.isEmpty() || !this.arguments.isEmpty();
		}

		ToolCall toolCall(String place) {
			return new ToolCall((this.id != null) ? this.id : generated(place),
					(this.type != null) ? this.type : "function", this.name.isEmpty() ? null : this.name.toString(),
					this.arguments.toString(), this.extra);
		}

	}

}
