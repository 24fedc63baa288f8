package ai.apertis.passthrough.ui;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.ChatCompletionAccumulator;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.protocol.ChunkStreamReader;
import ai.apertis.client.stream.EventStream;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.StreamFormat;
import ai.apertis.passthrough.ui.UiParts.CompleteCall;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * The UI message stream of one answer. The model is called again as long as it calls
 * tools of the application, in steps of the same message.
 */
final class UiMessageFormat implements StreamFormat {

	private static final byte[] HEARTBEAT = ": keep-alive\n".getBytes(StandardCharsets.US_ASCII);

	/** What the model says after these may be half of what it wanted to. */
	private static final Set<String> CUT_OFF = Set.of("length", "content-filter");

	private final UiRequest request;

	private final UiSettings settings;

	private final ServerTools tools;

	private final Set<String> toolsOfPage;

	private final UiMessageMetadata metadata;

	private final UiConversations conversations;

	private final UiErrors errors;

	private final UiEvents events = new UiEvents();

	private final UiTranscript transcript;

	private final UiParts parts;

	private final String messageId;

	private ChunkStreamReader chunks = new ChunkStreamReader(ChatJson.strict());

	/** What the model has said in this turn, for the next one. */
	private ChatCompletionAccumulator received = new ChatCompletionAccumulator();

	private boolean started;

	private boolean stepStarted;

	private boolean turnEnded;

	/** The calls of this turn. */
	private List<CompleteCall> calls = List.of();

	/** Those of them that are for the application. */
	private List<CompleteCall> pending = List.of();

	private int toolCalls;

	private @Nullable Usage usage;

	private volatile @Nullable JsonNode sentMetadata;

	private volatile boolean finished;

	private volatile boolean abandoned;

	/**
	 * Create the format of one answer.
	 * @param toolsOfPage the names of the tools that the page runs itself
	 */
	UiMessageFormat(UiRequest request, UiSettings settings, ServerTools tools, Set<String> toolsOfPage,
			UiMessageMetadata metadata, UiConversations conversations, UiErrors errors) {
		this.request = request;
		this.settings = settings;
		this.tools = tools;
		this.toolsOfPage = toolsOfPage;
		this.metadata = metadata;
		this.conversations = conversations;
		this.errors = errors;
		this.transcript = new UiTranscript(!conversations.isEmpty());
		this.messageId = request.messageId();
		this.parts = new UiParts(this.events, this.transcript, settings.sendReasoning(), this.messageId);
	}

	@Override
	public Map<String, String> headers() {
		return Map.of("x-vercel-ai-ui-message-stream", "v1");
	}

	@Override
	public @Nullable DataBuffer next(EventStream stream) {
		for (ChatCompletionChunk chunk = this.chunks.next(stream); chunk != null; chunk = this.chunks.next(stream)) {
			start();
			if (!this.tools.isEmpty()) {
				this.received.add(chunk);
			}
			this.parts.add(chunk);
		}
		if (stream.outcome() == Outcome.COMPLETED && !this.turnEnded) {
			endTurn(stream);
		}
		return this.events.take();
	}

	private void start() {
		if (!this.started) {
			this.started = true;
			this.events.add(UiParts.event("start").put("messageId", this.messageId));
		}
		if (!this.stepStarted) {
			this.stepStarted = true;
			this.parts.startStep();
		}
	}

	private void endTurn(EventStream stream) {
		this.turnEnded = true;
		start();
		JsonNode told = stream.summary().usage();
		if (told != null) {
			Usage next = Usage.of(told);
			this.usage = (this.usage != null) ? this.usage.plus(next) : next;
		}
		this.calls = this.parts.endCalls();
		this.pending = CUT_OFF.contains(this.parts.finishReason()) ? List.of()
				: this.calls.stream().filter((call) -> this.tools.isForServer(call.call(), this.toolsOfPage)).toList();
		if (this.pending.isEmpty()) {
			finish();
		}
	}

	private void finish() {
		this.parts.endStep();
		ObjectNode finish = UiParts.event("finish");
		if (this.settings.newerFields()) {
			finish.put("finishReason", this.parts.finishReason());
		}
		Map<String, @Nullable Object> metadata = this.metadata.of(new UiAnswer(this.messageId, this.request.chatId(),
				this.request.user(), this.parts.model(), this.parts.finishReason(), this.usage));
		if (!metadata.isEmpty()) {
			JsonNode json = JsonMapper.shared().valueToTree(metadata);
			this.sentMetadata = json;
			finish.set("messageMetadata", json);
		}
		this.events.add(finish);
		this.events.addDone();
		this.finished = true;
	}

	@Override
	public Flux<DataBuffer> conversation(Calls calls) {
		Flux<DataBuffer> stream = this.tools.isEmpty() ? calls.call(List.of()) : turn(calls, List.of(), 1);
		return this.conversations.over(stream, () -> this.finished ? Outcome.COMPLETED : Outcome.CANCELLED,
				(outcome) -> this.request.conversation(this.transcript.message(this.messageId, this.sentMetadata),
						outcome));
	}

	private Flux<DataBuffer> turn(Calls calls, List<? extends JsonNode> messages, int turn) {
		return Flux.defer(() -> {
			this.chunks = new ChunkStreamReader(ChatJson.strict());
			this.received = new ChatCompletionAccumulator();
			this.stepStarted = false;
			this.turnEnded = false;
			return calls.call(messages);
		}).concatWith(Flux.defer(() -> afterTurn(calls, messages, turn)));
	}

	/**
	 * Nothing is done for a page that has gone.
	 */
	private Flux<DataBuffer> afterTurn(Calls calls, List<? extends JsonNode> messages, int turn) {
		if (this.pending.isEmpty() || this.abandoned) {
			return Flux.empty();
		}
		this.toolCalls += this.pending.size();
		if (turn == this.settings.maxTurns()) {
			return Flux.error(RefusedException.of(500, "too_many_tool_turns",
					"The language model still asks for tools after " + turn + " turns"));
		}
		if (this.toolCalls > this.settings.maxToolCalls()) {
			return Flux.error(RefusedException.of(500, "too_many_tool_calls",
					"The language model has asked for more than " + this.settings.maxToolCalls() + " calls of tools"));
		}
		List<JsonNode> further = new ArrayList<>(messages);
		further.add(assistantMessage());
		return Flux.fromIterable(this.pending)
			.concatMap((call) -> result(call, further), 1)
			.concatWith(Flux.defer(() -> afterResults(calls, further, turn)));
	}

	/**
	 * The model's own words, with the ids under which the page knows its calls.
	 */
	private ObjectNode assistantMessage() {
		ObjectNode message = ChatJson.strict().tree(this.received.completion().toMessage());
		int position = 0;
		for (JsonNode call : message.path("tool_calls")) {
			((ObjectNode) call).put("id", this.calls.get(position++).call().id());
		}
		return message;
	}

	private Mono<DataBuffer> result(CompleteCall call, List<JsonNode> further) {
		Mono<ServerTools.Result> result = call.readable()
				? this.tools.run(call.call(), this.settings.toolTimeout(), this.request.caller())
				: Mono.just(new ServerTools.Result(CompleteCall.NO_JSON, true));
		return result.mapNotNull((given) -> {
			further.add(UiMessages.message("tool").put("tool_call_id", call.call().id()).put("content", given.text()));
			if (call.readable()) {
				this.parts.addResult(call.call(), given);
			}
			return this.events.take();
		});
	}

	/**
	 * What the page is to do itself it sends with its next request.
	 */
	private Flux<DataBuffer> afterResults(Calls calls, List<JsonNode> further, int turn) {
		if (this.abandoned) {
			return Flux.empty();
		}
		if (this.pending.size() < this.calls.size()) {
			finish();
			return Mono.justOrEmpty(this.events.take()).flux();
		}
		this.parts.endStep();
		return Mono.justOrEmpty(this.events.take()).concatWith(turn(calls, further, turn + 1));
	}

	@Override
	public void abandoned() {
		this.abandoned = true;
	}

	/**
	 * The gateway's own words are never sent.
	 */
	@Override
	public boolean hasSentError() {
		return false;
	}

	@Override
	public DataBuffer error(Throwable failure) {
		return DefaultDataBufferFactory.sharedInstance.wrap(this.errors.event(failure));
	}

	@Override
	public DataBuffer heartbeat() {
		return DefaultDataBufferFactory.sharedInstance.wrap(HEARTBEAT);
	}

}
