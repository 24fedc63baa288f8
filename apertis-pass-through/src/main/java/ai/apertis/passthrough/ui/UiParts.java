package ai.apertis.passthrough.ui;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import ai.apertis.client.chat.Annotation;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.ChunkChoice;
import ai.apertis.client.chat.Delta;
import ai.apertis.client.chat.ToolCall;
import ai.apertis.client.chat.ToolCallAccumulator;
import ai.apertis.client.chat.ToolCallDelta;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the chunks of an answer into the parts of a page's message: texts, reasoning,
 * calls of tools, sources and files. Of several choices the first counts. Used by one
 * thread at a time.
 */
final class UiParts {

	private static final String TEXT = "text";

	private static final String REASONING = "reasoning";

	private static final String ANY_IMAGE = "image/*";

	private final UiEvents events;

	private final UiTranscript transcript;

	private final boolean sendReasoning;

	private final KeptSize kept;

	/** Tells the ids of this request from those of others for the same message. */
	private final String own = UUID.randomUUID().toString().substring(0, 8);

	/** The text that is open, {@code null} if none is. */
	private @Nullable String open;

	private String openId = "";

	private byte[] openStart = new byte[0];

	private int texts;

	private int steps;

	private ToolCallAccumulator accumulated = new ToolCallAccumulator();

	private final List<Call> calls = new ArrayList<>();

	/** Some providers count the calls of each turn anew. */
	private final Set<String> callIds;

	private final Set<String> sources = new HashSet<>();

	private volatile @Nullable String model;

	private String finishReason = "other";

	/**
	 * Create the parts of a message.
	 * @param events takes the events
	 * @param transcript takes the message
	 * @param callIds the ids of calls that the message has already
	 * @param kept bounds what is kept of the answer
	 */
	UiParts(UiEvents events, UiTranscript transcript, boolean sendReasoning, Set<String> callIds, KeptSize kept) {
		this.events = events;
		this.transcript = transcript;
		this.sendReasoning = sendReasoning;
		this.callIds = new HashSet<>(callIds);
		this.kept = kept;
	}

	/**
	 * Begin with what one call of the model gives.
	 */
	void startStep() {
		this.steps++;
		this.accumulated = new ToolCallAccumulator();
		this.calls.clear();
		this.finishReason = "other";
		this.events.add(event("start-step"));
		this.transcript.add(event("step-start"));
	}

	/**
	 * Add a chunk.
	 */
	void add(ChatCompletionChunk chunk) {
		if (this.model == null) {
			this.model = chunk.model();
		}
		addSources(chunk.extra().get("web_sources"));
		if (chunk.isNotice()) {
			return;
		}
		for (ChunkChoice choice : chunk.choices()) {
			if (choice.index() == 0) {
				add(choice);
			}
		}
	}

	private void add(ChunkChoice choice) {
		Delta delta = choice.delta();
		this.kept.text(delta.reasoning());
		this.kept.text(delta.content());
		this.kept.text(delta.refusal());
		if (this.sendReasoning) {
			addText(REASONING, delta.reasoning());
		}
		addText(TEXT, delta.content());
		addText(TEXT, delta.refusal());
		if (!delta.toolCalls().isEmpty()) {
			delta.toolCalls().forEach(this::add);
		}
		if (!delta.annotations().isEmpty()) {
			delta.annotations().forEach(this::add);
		}
		if (!delta.extra().isEmpty()) {
			addImages(delta.extra().get("images"));
		}
		if (choice.finishReason() != null) {
			this.finishReason = finishReason(choice.finishReason().value());
		}
	}

	private void addText(String type, String text) {
		if (text.isEmpty()) {
			return;
		}
		if (!type.equals(this.open)) {
			endText();
			this.texts++;
			this.open = type;
			this.openId = type + "-" + this.texts;
			this.openStart = UiEvents.textStart(type + "-delta", this.openId);
			this.events.add(event(type + "-start").put("id", this.openId));
			this.transcript.begin(type);
		}
		this.events.addText(this.openStart, text);
		this.transcript.append(text);
	}

	private void endText() {
		if (this.open != null) {
			this.events.add(event(this.open + "-end").put("id", this.openId));
			this.transcript.end();
			this.open = null;
		}
	}

	private void add(ToolCallDelta delta) {
		this.kept.arguments(delta.arguments());
		int position = this.accumulated.add(delta);
		if (position == this.calls.size()) {
			this.kept.call();
			this.calls.add(new Call());
		}
		Call call = this.calls.get(position);
		call.named |= delta.name() != null;
		if (call.id != null) {
			addInput(call.id, delta.arguments());
		}
		else if (call.named && !delta.arguments().isEmpty()) {
			// the name is whole now
			ToolCall soFar = toolCall(position);
			addInput(start(call, soFar), soFar.arguments());
		}
	}

	private ToolCall toolCall(int position) {
		return this.accumulated.toolCall(position, this.own + "/" + this.steps);
	}

	private String start(Call call, ToolCall soFar) {
		endText();
		String id = soFar.id();
		while (!this.callIds.add(id)) {
			id = id + "-" + this.own;
		}
		call.id = id;
		this.events.add(event("tool-input-start").put("toolCallId", id).put("toolName", soFar.name()));
		return id;
	}

	private void addInput(String id, String arguments) {
		if (!arguments.isEmpty()) {
			this.events.add(event("tool-input-delta").put("toolCallId", id).put("inputTextDelta", arguments));
		}
	}

	private void add(Annotation annotation) {
		addSource(annotation.url(), annotation.title());
	}

	private void addSources(@Nullable JsonNode sources) {
		if (sources != null) {
			for (JsonNode source : sources) {
				String title = source.path("title").asString("");
				addSource(source.path("url").asString(""), title.isEmpty() ? null : title);
			}
		}
	}

	private void addSource(@Nullable String url, @Nullable String title) {
		if (url != null && isOnTheWeb(url) && this.sources.add(url)) {
			this.kept.source(url);
			ObjectNode source = event("source-url").put("sourceId", "source-" + this.own + "-" + this.sources.size())
				.put("url", url);
			if (title != null) {
				source.put("title", title);
			}
			this.events.add(source);
			this.transcript.add(source);
		}
	}

	/**
	 * A page makes links of URLs, and a link may be a script.
	 */
	private static boolean isOnTheWeb(String url) {
		try {
			String scheme = new URI(url).getScheme();
			return "https".equals(scheme) || "http".equals(scheme);
		}
		catch (URISyntaxException ex) {
			return false;
		}
	}

	private void addImages(@Nullable JsonNode images) {
		if (images != null) {
			for (JsonNode image : images) {
				String url = image.path("image_url").path("url").asString("");
				if (url.startsWith("data:image/") || isOnTheWeb(url)) {
					this.kept.image(url);
					ObjectNode file = event("file").put("url", url).put("mediaType", mediaType(url));
					this.events.add(file);
					this.transcript.add(file);
				}
			}
		}
	}

	private static String mediaType(String url) {
		int end = url.indexOf(';');
		return (url.startsWith("data:") && end > 0) ? url.substring("data:".length(), end) : ANY_IMAGE;
	}

	private static String finishReason(String value) {
		return switch (value) {
			case "stop", "end_turn", "stop_sequence", "eos", "eos_token" -> "stop";
			case "length", "max_tokens" -> "length";
			case "content_filter" -> "content-filter";
			case "tool_calls", "tool_call", "function_call", "tool_use" -> "tool-calls";
			default -> "other";
		};
	}

	/**
	 * The answer to one call of the model is complete.
	 * @return the calls of tools that it has made
	 */
	List<CompleteCall> endCalls() {
		endText();
		List<CompleteCall> complete = new ArrayList<>();
		for (int position = 0; position < this.calls.size(); position++) {
			ToolCall toolCall = toolCall(position);
			if (toolCall.name() != null) {
				Call call = this.calls.get(position);
				String id = (call.id != null) ? call.id : start(call, toolCall);
				complete
					.add(end(new ToolCall(id, toolCall.type(), toolCall.name(), toolCall.arguments(), toolCall.extra()),
							toolCall.name()));
			}
		}
		return complete;
	}

	/**
	 * A page runs what is available, so that half a call must not be.
	 */
	private CompleteCall end(ToolCall call, String name) {
		JsonNode input = isCutOff() ? null : UiMessages.jsonOrNull(call.argumentsOrEmpty());
		ObjectNode event = event((input != null) ? "tool-input-available" : "tool-input-error")
			.put("toolCallId", call.id())
			.put("toolName", name)
			.set("input", (input != null) ? input : JsonNodeFactory.instance.stringNode(call.arguments()));
		this.transcript.call(call.id(), name, event.path("input"));
		if (input == null) {
			String errorText = isCutOff() ? CompleteCall.CUT_OFF : CompleteCall.NO_JSON;
			event.put("errorText", errorText);
			this.transcript.result(call.id(), null, errorText);
		}
		this.events.add(event);
		return new CompleteCall(call, input != null);
	}

	/**
	 * Add what a tool of the application has given.
	 */
	void addResult(ToolCall call, ServerTools.Result result) {
		if (result.failed()) {
			this.events.add(event("tool-output-error").put("toolCallId", call.id()).put("errorText", result.text()));
			this.transcript.result(call.id(), null, result.text());
		}
		else {
			JsonNode output = UiMessages.value(result.text());
			this.events.add(event("tool-output-available").put("toolCallId", call.id()).set("output", output));
			this.transcript.result(call.id(), output, "");
		}
	}

	/**
	 * What one call of the model has given is complete, with the results of tools.
	 */
	void endStep() {
		this.events.add(event("finish-step"));
	}

	/**
	 * Return the provider's name for the model, {@code null} if it is not told.
	 */
	@Nullable String model() {
		return this.model;
	}

	/**
	 * Return whether what the model has said may be half of what it wanted to.
	 */
	boolean isCutOff() {
		return this.finishReason.equals("length") || this.finishReason.equals("content-filter");
	}

	/**
	 * Return why the model has ended, in the words of the AI SDK.
	 */
	String finishReason() {
		return this.finishReason;
	}

	static ObjectNode event(String type) {
		return JsonNodeFactory.instance.objectNode().put("type", type);
	}

	private static final class Call {

		private boolean named;

		/** {@code null} as long as the page has not been told. */
		private @Nullable String id;

	}

	/**
	 * A call of a tool, as the page knows it.
	 *
	 * @param call the call
	 * @param readable whether its arguments are JSON
	 */
	record CompleteCall(ToolCall call, boolean readable) {

		static final String CUT_OFF = "The answer was cut off";

		static final String NO_JSON = "The arguments of the call are no JSON";

	}

}
