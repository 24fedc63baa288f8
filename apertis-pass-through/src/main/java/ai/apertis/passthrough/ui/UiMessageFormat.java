package ai.apertis.passthrough.ui;

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
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * The UI message stream of one answer. The model is called again as long as it calls
 * tools of the application, in steps of the same message.
 */
final class UiMessageFormat implements StreamFormat {

	private static final Log logger = LogFactory.getLog(UiMessageFormat.class);

	private final UiRequest request;

	private final UiSettings settings;

	private final ServerTools tools;

	private final UiMessageMetadata metadata;

	private final UiConversations.Answer conversation;

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

	private int toolCalls;

	/** What the gateway has told of this turn. */
	private @Nullable JsonNode told;

	private volatile @Nullable Usage usage;

	private volatile @Nullable JsonNode sentMetadata;

	private volatile boolean abandoned;

	/**
	 * Create the format of one answer.
	 */
	UiMessageFormat(UiRequest request, UiSettings settings, ServerTools tools, UiMessageMetadata metadata,
			UiConversations conversations, UiErrors errors) {
		this.request = request;
		this.settings = settings;
		this.tools = tools;
		this.metadata = metadata;
		this.conversation = conversations.answer(this::ended);
		this.errors = errors;
		this.transcript = new UiTranscript(!conversations.isEmpty());
		this.messageId = request.messageId();
		this.parts = new UiParts(this.events, this.transcript, settings.sendReasoning(), request.continuedCalls(),
				new KeptSize(!tools.isEmpty() || !conversations.isEmpty()));
	}

	private UiConversation ended(Outcome outcome) {
		return new EndedConversation(this.request.chatId(), this.request.user(), this.request.messages(),
				this.transcript.message(this.messageId, this.sentMetadata), outcome, this.parts.model(), this.usage);
	}

	@Override
	public Map<String, String> headers() {
		return Map.of("x-vercel-ai-ui-message-stream", "v1");
	}

	@Override
	public @Nullable DataBuffer next(EventStream stream) {
		for (ChatCompletionChunk chunk = this.chunks.next(stream); chunk != null; chunk = this.chunks.next(stream)) {
			start();
			this.parts.add(chunk);
			if (!this.tools.isEmpty()) {
				this.received.add(chunk);
			}
		}
		if (stream.outcome() == Outcome.COMPLETED) {
			this.told = stream.summary().usage();
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

	@Override
	public Flux<DataBuffer> conversation(Calls calls) {
		// what the policies have left of them
		Set<String> declared = this.tools.isEmpty() ? Set.of() : ServerTools.declaredIn(calls.request());
		return this.conversation.over(turn(calls, declared, List.of(), 1));
	}

	private Flux<DataBuffer> turn(Calls calls, Set<String> declared, List<? extends JsonNode> messages, int turn) {
		return Flux.defer(() -> {
			this.chunks = new ChunkStreamReader(ChatJson.strict());
			this.received = new ChatCompletionAccumulator();
			this.stepStarted = false;
			this.told = null;
			return calls.call(messages);
		}).concatWith(Flux.defer(() -> afterTurn(calls, declared, messages, turn)));
	}

	/**
	 * No tool is run for a page that has gone.
	 */
	private Flux<DataBuffer> left() {
		return this.conversation.tell(Outcome.CANCELLED).thenMany(Flux.empty());
	}

	private Flux<DataBuffer> afterTurn(Calls calls, Set<String> declared, List<? extends JsonNode> messages, int turn) {
		start();
		count();
		List<CompleteCall> called = this.parts.endCalls();
		List<CompleteCall> pending = (this.tools.isEmpty() || this.parts.isCutOff()) ? List.of()
				: called.stream().filter((call) -> this.tools.isForServer(call.call(), declared)).toList();
		if (pending.isEmpty()) {
			return finish();
		}
		if (this.abandoned) {
			return left();
		}
		this.toolCalls += pending.size();
		if (turn == this.settings.maxTurns()) {
			return failed("too_many_tool_turns", "The language model still asks for tools after " + turn + " turns");
		}
		if (this.toolCalls > this.settings.maxToolCalls()) {
			return failed("too_many_tool_calls",
					"The language model has asked for more than " + this.settings.maxToolCalls() + " calls of tools");
		}
		List<JsonNode> further = new ArrayList<>(messages);
		further.add(assistantMessage(called));
		return next().concatWith(Flux.fromIterable(pending)
			.concatMap((call) -> result(call, declared, further), 1)
			.contextWrite((context) -> context.putAll(calls.context()))
			.concatWith(Flux.defer(() -> {
				if (this.abandoned) {
					return left();
				}
				if (pending.size() < called.size()) {
					// what the page is to do itself it sends with its next request
					return finish();
				}
				this.parts.endStep();
				return next().concatWith(turn(calls, declared, further, turn + 1));
			})));
	}

	private void count() {
		JsonNode told = this.told;
		if (told != null) {
			Usage next = Usage.of(told);
			Usage before = this.usage;
			this.usage = (before != null) ? before.plus(next) : next;
		}
	}

	private Flux<DataBuffer> failed(String code, String message) {
		return next().concatWith(Flux.error(() -> RefusedException.of(500, code, message)));
	}

	private Flux<DataBuffer> next() {
		return Mono.justOrEmpty(this.events.take()).flux();
	}

	/**
	 * The answer is complete: the last events come when it has been saved.
	 */
	private Flux<DataBuffer> finish() {
		this.parts.endStep();
		ObjectNode finish = UiParts.event("finish");
		if (this.settings.newerFields()) {
			finish.put("finishReason", this.parts.finishReason());
		}
		JsonNode metadata = metadata();
		if (!metadata.isEmpty()) {
			this.sentMetadata = metadata;
			finish.set("messageMetadata", metadata);
		}
		this.events.add(finish);
		this.events.addDone();
		return this.conversation.tell(Outcome.COMPLETED).thenMany(Flux.defer(this::next));
	}

	/**
	 * The answer is complete, whatever may be said of it.
	 */
	private JsonNode metadata() {
		try {
			return JsonMapper.shared()
				.valueToTree(this.metadata.of(new CompletedAnswer(this.messageId, this.request.chatId(),
						this.request.user(), this.parts.model(), this.parts.finishReason(), this.usage)));
		}
		catch (RuntimeException ex) {
			logger.error("The metadata of an answer cannot be made", ex);
			return JsonNodeFactory.instance.objectNode();
		}
	}

	/**
	 * The model's own words, with the ids under which the page knows its calls.
	 */
	private ObjectNode assistantMessage(List<CompleteCall> called) {
		ObjectNode message = ChatJson.strict().tree(this.received.completion().toMessage());
		int position = 0;
		for (JsonNode call : message.path("tool_calls")) {
			((ObjectNode) call).put("id", called.get(position++).call().id());
		}
		return message;
	}

	private Mono<DataBuffer> result(CompleteCall call, Set<String> declared, List<JsonNode> further) {
		if (this.abandoned) {
			return Mono.empty();
		}
		Mono<ServerTools.Result> result = call.readable()
				? this.tools.run(call.call(), this.settings.toolTimeout(), declared, this.request.caller())
				: Mono.just(new ServerTools.Result(CompleteCall.NO_JSON, true));
		return result.mapNotNull((given) -> {
			further.add(UiMessages.message("tool").put("tool_call_id", call.call().id()).put("content", given.text()));
			if (call.readable()) {
				this.parts.addResult(call.call(), given);
			}
			return this.events.take();
		});
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

}
