package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.client.wire.UsageObjects;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@link StreamProtocol} of Anthropic's Messages. The answer is whole if
 * {@code message_stop} has come, or the body has ended behind a stop reason. Deltas are
 * looked at for their size only.
 *
 * @see <a href="https://docs.anthropic.com/en/docs/build-with-claude/streaming">The
 * events</a>
 */
final class MessagesProtocol implements StreamProtocol {

	private static final String DONE = "[DONE]";

	/** Longer data is none. */
	private static final int MAX_DONE = 16;

	private final EventTypes types = new EventTypes();

	private final DeltaText text = new DeltaText("text", "partial_json", "thinking");

	private final ChunkCount count = new ChunkCount(this.text::tokens);

	private MessageUsage usage = new MessageUsage();

	private @Nullable String id;

	private boolean begun;

	private boolean said;

	private boolean stopped;

	private @Nullable String stopReason;

	private @Nullable GatewayError error;

	private boolean errorConventional;

	@Override
	public EventKind observe(Event event) {
		if (!event.hasData()) {
			return fail(ErrorEvents.readWithoutData(event), false);
		}
		if (isDone(event)) {
			return EventKind.DONE;
		}
		String type = this.types.of(event);
		if (type.equals("content_block_delta")) {
			boolean content = this.text.add(event);
			this.begun = true;
			this.said |= content;
			this.count.add(content);
			return EventKind.CHUNK;
		}
		return observe(type, event);
	}

	private static boolean isDone(Event event) {
		return event.dataEnd() - event.dataStart() <= MAX_DONE && event.dataText().strip().equals(DONE);
	}

	private EventKind observe(String type, Event event) {
		switch (type) {
			case "message_start" -> start(json(event).path("message"));
			case "content_block_start" -> {
				String block = json(event).path("content_block").path("type").asString("");
				this.begun |= !block.equals("text") && !block.equals("thinking");
			}
			case "message_delta" -> {
				JsonNode json = json(event);
				stop(json.path("delta"));
				addUsage(json.path("usage"));
				this.begun = true;
			}
			case "message_stop" -> {
				addUsage(json(event).path("usage"));
				this.usage.addMetrics(json(event).path("amazon-bedrock-invocationMetrics"));
				this.begun = true;
				this.stopped = true;
				return EventKind.DONE;
			}
			case "error" -> {
				return fail(ErrorEvents.read(event), ErrorEvents.isConventional(event));
			}
			case "message" -> {
				return observeWhole(json(event));
			}
			case "" -> {
				GatewayError told = ResponseScan.of(event).error();
				if (told != null) {
					return fail(told, false);
				}
			}
			default -> {
				// what nobody knows yet is handed on
			}
		}
		this.count.add(false);
		return EventKind.CHUNK;
	}

	private static JsonNode json(Event event) {
		return WireJson.mapper().readTree(event.data(), event.dataStart(), event.dataEnd() - event.dataStart());
	}

	/**
	 * With another id a gateway has begun anew, at another provider. A whole answer may
	 * stand in it.
	 */
	private void start(JsonNode message) {
		String id = message.path("id").asString(null);
		if (this.id != null && id != null && !this.id.equals(id)) {
			this.usage = new MessageUsage();
			this.stopReason = null;
		}
		this.id = (id != null) ? id : this.id;
		stop(message);
		addContent(message.path("content"));
		if (this.stopReason != null) {
			addUsage(message.path("usage"));
		}
		else {
			this.usage.addStart(message.path("usage"));
		}
	}

	private void addContent(JsonNode content) {
		for (JsonNode block : content) {
			this.begun = true;
			this.text.add(block.path("text").asString(""));
			this.text.add(block.path("thinking").asString(""));
			this.said |= block.has("text") || block.has("thinking");
			if (block.path("input").isObject()) {
				this.text.add(block.path("input").toString());
			}
		}
	}

	private void stop(JsonNode of) {
		String reason = of.path("stop_reason").asString(null);
		if (reason != null) {
			this.stopReason = reason;
		}
	}

	private void addUsage(JsonNode told) {
		if (told.isObject()) {
			this.usage.add(told);
			this.count.account();
		}
	}

	/**
	 * A response that is not streamed.
	 */
	private EventKind observeWhole(JsonNode message) {
		this.id = message.path("id").asString(null);
		this.count.add(true);
		addContent(message.path("content"));
		stop(message);
		addUsage(message.path("usage"));
		this.stopped = true;
		this.begun = true;
		return EventKind.DONE;
	}

	private EventKind fail(@Nullable GatewayError told, boolean conventional) {
		if (told == null) {
			return EventKind.NOTHING;
		}
		if (this.error == null) {
			this.error = told;
			this.errorConventional = conventional;
		}
		return EventKind.ERROR;
	}

	@Override
	public void observeUnterminated(Event rest) {
		if (this.error == null && rest.hasData()) {
			JsonNode json = ErrorEvents.json(rest.dataText());
			if (json != null && json.path("type").asString("").equals("error")) {
				this.error = ErrorEvents.read(rest);
			}
		}
	}

	@Override
	public boolean hasSubstance() {
		return this.begun;
	}

	@Override
	public boolean isAtEnd() {
		return this.stopped || this.stopReason != null;
	}

	@Override
	public boolean isUsageTrailing() {
		return false;
	}

	@Override
	public Outcome outcome() {
		if (this.error != null) {
			return Outcome.FAILED;
		}
		return isAtEnd() ? Outcome.COMPLETED : Outcome.INTERRUPTED;
	}

	@Override
	public @Nullable GatewayError error() {
		return this.error;
	}

	@Override
	public boolean isErrorConventional() {
		return this.error != null && this.errorConventional;
	}

	@Override
	public long tokens() {
		return this.count.tokensAtMost();
	}

	@Override
	public StreamSummary summary() {
		JsonNode known = this.usage.json();
		if (known != null && this.said && !UsageObjects.hasTokens(known)) {
			known = null;
		}
		long since = (known != null && this.usage.isOutputTold()) ? this.count.tokensSinceUsage() : this.count.tokens();
		return new StreamSummary(this.id,
				(this.stopReason != null) ? List.of(MessagesApi.finishReason(this.stopReason)) : List.of(),
				this.count.chunks(), this.count.tokens(), since, known);
	}

}
