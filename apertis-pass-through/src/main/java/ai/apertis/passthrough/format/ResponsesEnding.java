package ai.apertis.passthrough.format;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A stream of Responses that has failed ends with two events, as OpenAI's own do: its
 * libraries look at {@code error}, Codex at {@code response.failed}. Their numbers go on
 * from those of the events before, if these have any.
 */
final class ResponsesEnding implements FailureEnding {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String NUMBER = "sequence_number";

	private static final String FAILED = "response.failed";

	/** How much of the first event is looked at. */
	private static final int MAX_FIRST = 256 * 1024;

	private @Nullable JsonNode response;

	private long next = -1;

	private boolean first = true;

	private boolean errorTold;

	private boolean failureTold;

	@Override
	public void relayed(Event event, EventKind meaning) {
		if (this.first) {
			this.first = false;
			begin(event);
		}
		else if (this.next >= 0 && event.hasData()) {
			this.next++;
		}
		if (meaning == EventKind.ERROR) {
			boolean failed = event.dataText().contains("\"" + FAILED + "\"");
			this.failureTold |= failed;
			this.errorTold |= !failed;
		}
	}

	private void begin(Event event) {
		if (event.dataEnd() - event.dataStart() > MAX_FIRST) {
			return;
		}
		try {
			JsonNode json = JSON.readTree(event.data(), event.dataStart(), event.dataEnd() - event.dataStart());
			this.next = json.path(NUMBER).asLong(-2) + 1;
			this.response = json.path("response").isObject() ? json.path("response") : null;
		}
		catch (JacksonException ex) {
			// whatever it is, nothing can be learnt from it
			this.response = null;
		}
	}

	@Override
	public boolean isTold() {
		return this.failureTold;
	}

	@Override
	public byte[] rest(Throwable failure) {
		ToldError told = ToldError.of(failure);
		StringBuilder events = new StringBuilder();
		if (!this.errorTold) {
			Map<String, @Nullable Object> event = event("error");
			event.put("error", OpenAiErrorFormat.members(told));
			append(events, "error", event);
		}
		Map<String, @Nullable Object> response = new LinkedHashMap<>();
		JsonNode begun = this.response;
		if (begun != null) {
			for (String name : new String[] { "id", "object", "created_at", "model" }) {
				if (begun.has(name)) {
					response.put(name, begun.get(name));
				}
			}
		}
		response.put("status", "failed");
		Map<String, @Nullable Object> error = new LinkedHashMap<>();
		error.put("code", told.code());
		error.put("message", told.message());
		response.put("error", error);
		Map<String, @Nullable Object> event = event(FAILED);
		event.put("response", response);
		append(events, FAILED, event);
		return events.toString().getBytes(StandardCharsets.UTF_8);
	}

	private Map<String, @Nullable Object> event(String type) {
		Map<String, @Nullable Object> event = new LinkedHashMap<>();
		event.put("type", type);
		if (this.next >= 0) {
			event.put(NUMBER, this.next++);
		}
		return event;
	}

	private static void append(StringBuilder events, String type, Map<String, @Nullable Object> event) {
		events.append("event: ").append(type).append("\ndata: ").append(JSON.writeValueAsString(event)).append("\n\n");
	}

}
