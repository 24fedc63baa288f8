package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.client.wire.UsageObjects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@link StreamProtocol} of OpenAI's Responses. The answer is whole if one of its
 * terminal events has come, or if its response was cut by a limit; that tells the usage
 * too. Deltas are looked at for their size only.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">The
 * events</a>
 */
final class ResponsesProtocol implements StreamProtocol {

	private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

	private static final String DELTA = ".delta";

	private final EventTypes types = new EventTypes();

	private final DeltaText text = new DeltaText("delta");

	private final ChunkCount count = new ChunkCount(this.text::tokens);

	private @Nullable String id;

	private boolean begun;

	/** Text or reasoning has come. */
	private boolean said;

	private boolean called;

	/** The type of the last delta. */
	private String delta = DELTA;

	private boolean ofCall;

	/** The terminal event, or what came in its place, has told how the answer ended. */
	private boolean ended;

	private boolean cancelled;

	private @Nullable String finishReason;

	private @Nullable JsonNode usage;

	private @Nullable GatewayError error;

	private boolean errorConventional;

	/** The last event of an error has come. */
	private boolean failed;

	@Override
	public EventKind observe(Event event) {
		if (!event.hasData()) {
			this.error = (this.error != null) ? this.error : ErrorEvents.readWithoutData(event);
			return (this.error != null) ? EventKind.ERROR : EventKind.NOTHING;
		}
		if (isDone(event)) {
			return EventKind.DONE;
		}
		String type = this.types.of(event);
		if (!type.equals(this.delta)) {
			if (!type.endsWith(DELTA)) {
				return observe(type, event);
			}
			this.delta = type;
			this.ofCall = isOfCall(type);
		}
		boolean content = this.text.add(event);
		if (content) {
			this.begun = true;
			this.said |= !this.ofCall;
		}
		this.count.add(content);
		return EventKind.CHUNK;
	}

	private static boolean isOfCall(String type) {
		return type.contains("arguments") || type.contains("tool_call_input");
	}

	private static boolean isDone(Event event) {
		return event.dataEnd() - event.dataStart() == DONE.length
				&& Arrays.equals(event.data(), event.dataStart(), event.dataEnd(), DONE, 0, DONE.length);
	}

	private EventKind observe(String type, Event event) {
		switch (type) {
			case "response.completed", "response.incomplete", "response.done", "response.cancelled",
					"response.failed" -> {
				return end(type, ResponseScan.ofMember(event, "response"));
			}
			case "error" -> {
				return fail(ErrorEvents.read(event), ErrorEvents.isConventional(event));
			}
			case "" -> {
				return observeUntyped(event);
			}
			case "response.output_item.added", "response.output_item.done" -> {
				ResponseScan item = ResponseScan.ofMember(event, "item");
				this.called |= item.isCall();
				this.begun |= type.endsWith("done");
			}
			case "response.created", "response.queued", "response.in_progress" -> {
				if (this.id == null) {
					this.id = ResponseScan.ofMember(event, "response").id();
				}
			}
			default -> this.begun |= !isOnlyOutline(type);
		}
		this.count.add(false);
		return EventKind.CHUNK;
	}

	/**
	 * What says nothing of the answer yet.
	 */
	private static boolean isOnlyOutline(String type) {
		return type.equals("keepalive") || type.endsWith("part.added");
	}

	/**
	 * A response that is not streamed, or an error that some gateways send so.
	 */
	private EventKind observeUntyped(Event event) {
		ResponseScan scan = ResponseScan.of(event);
		if (scan.isResponse()) {
			this.count.add(true);
			return end("", scan);
		}
		if (scan.error() != null) {
			return fail(scan.error(), true);
		}
		this.begun = true;
		this.count.add(false);
		return EventKind.CHUNK;
	}

	private EventKind end(String type, ResponseScan response) {
		this.id = (response.id() != null) ? response.id() : this.id;
		if (response.usage() != null) {
			this.usage = UsageObjects.merged(this.usage, response.usage());
			this.count.account();
		}
		this.called |= response.isCall();
		String status = (response.status() != null) ? response.status()
				: type.substring(Math.min(type.length(), "response.".length()));
		switch (status) {
			case "failed" -> {
				GatewayError told = response.error();
				this.failed = true;
				return fail((told != null) ? told : ErrorEvents.plain("The response has failed"), true);
			}
			case "cancelled" -> this.cancelled = true;
			case "incomplete" ->
				this.finishReason = "content_filter".equals(response.incompleteReason()) ? "content_filter" : "length";
			default -> this.finishReason = this.called ? "tool_calls" : "stop";
		}
		this.begun = true;
		this.ended = true;
		return this.cancelled ? EventKind.CHUNK : EventKind.DONE;
	}

	/**
	 * The first error that was told counts: what follows is more general.
	 */
	private EventKind fail(GatewayError told, boolean conventional) {
		if (this.error == null) {
			this.error = told;
		}
		this.errorConventional = conventional;
		return EventKind.ERROR;
	}

	@Override
	public void observeUnterminated(Event rest) {
		if (this.error == null && !this.ended) {
			this.error = rest.hasData() ? errorOnly(rest) : ErrorEvents.readWithoutData(rest);
		}
	}

	private static @Nullable GatewayError errorOnly(Event rest) {
		JsonNode json = ErrorEvents.json(rest.dataText());
		boolean error = ErrorEvents.isError(rest) || (json != null && json.path("type").asString("").equals("error"));
		return error ? ErrorEvents.read(rest) : null;
	}

	@Override
	public boolean hasSubstance() {
		return this.begun;
	}

	@Override
	public boolean isAtEnd() {
		return this.ended;
	}

	@Override
	public boolean isUsageTrailing() {
		return false;
	}

	/**
	 * Behind an error within an answer OpenAI sends the response as it has failed.
	 */
	@Override
	public boolean isErrorFollowed() {
		return this.error != null && !this.failed && this.begun;
	}

	@Override
	public Outcome outcome() {
		if (this.error != null) {
			return Outcome.FAILED;
		}
		return (this.ended && !this.cancelled) ? Outcome.COMPLETED : Outcome.INTERRUPTED;
	}

	@Override
	public String interruption() {
		return this.cancelled ? "The response was cancelled" : StreamProtocol.super.interruption();
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

	/**
	 * Nothing but zeros for an answer that has come tells nothing.
	 */
	@Override
	public StreamSummary summary() {
		JsonNode told = this.usage;
		JsonNode known = (told != null && (UsageObjects.hasTokens(told) || !this.said)) ? told : null;
		List<String> reasons = (this.finishReason != null) ? List.of(this.finishReason) : List.of();
		return new StreamSummary(this.id, reasons, this.count.chunks(), this.count.tokens(),
				(known != null) ? this.count.tokensSinceUsage() : this.count.tokens(), known);
	}

}
