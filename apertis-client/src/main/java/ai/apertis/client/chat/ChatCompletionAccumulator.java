package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Accumulates chunks to a completion. The completion may be requested at any time, with
 * what has been received so far. Takes time linear in the size of the answer. Not safe
 * for use by several threads at a time.
 */
public final class ChatCompletionAccumulator {

	/**
	 * Hides the lengths of chunks from those who listen on the line, and says nothing.
	 */
	private static final Set<String> PADDING = Set.of("obfuscation", "p");

	private final Map<Integer, ChoiceAccumulator> choices = new TreeMap<>();

	/** What is said of the whole answer; where it is said again, it is said anew. */
	private final Map<String, JsonNode> extra = new HashMap<>();

	/** Most chunks share one map, of which once is enough. */
	private Map<String, JsonNode> lastExtra = Map.of();

	private @Nullable String id;

	private long created;

	private @Nullable String model;

	private @Nullable Usage usage;

	private @Nullable Usage sideUsage;

	private boolean empty = true;

	/**
	 * Add a chunk. A {@linkplain ChatCompletionChunk#isNotice() notice} adds nothing.
	 * @param chunk the next chunk of the stream
	 */
	public void add(ChatCompletionChunk chunk) {
		this.empty = false;
		if (chunk.isNotice()) {
			return;
		}
		if (this.id == null) {
			this.id = chunk.id();
		}
		if (this.created == 0) {
			this.created = chunk.created();
		}
		if (this.model == null) {
			this.model = chunk.model();
		}
		if (chunk.usage() != null) {
			this.usage = (this.usage != null) ? this.usage.followedBy(chunk.usage()) : chunk.usage();
		}
		if (chunk.extra() != this.lastExtra) {
			this.lastExtra = chunk.extra();
			this.extra.putAll(chunk.extra());
			this.extra.keySet().removeAll(PADDING);
			sideUsage(chunk.extra().get("x_groq"));
		}
		for (ChunkChoice choice : chunk.choices()) {
			this.choices.computeIfAbsent(choice.index(), ChoiceAccumulator::new).add(choice);
			sideUsage(choice.extra().get("usage"));
		}
	}

	private void sideUsage(@Nullable JsonNode place) {
		if (place != null) {
			JsonNode read = place.path("usage").isObject() ? place.path("usage") : place;
			if (read.has("prompt_tokens")) {
				Usage next = Usage.of(read);
				this.sideUsage = (this.sideUsage != null) ? this.sideUsage.followedBy(next) : next;
			}
		}
	}

	/**
	 * Return whether no chunk has been added.
	 * @return whether nothing has been received
	 */
	public boolean isEmpty() {
		return this.empty;
	}

	/**
	 * Return the completion as far as it has been received.
	 * @return the completion
	 */
	public ChatCompletion completion() {
		List<ChatCompletion.Choice> all = this.choices.values()
			.stream()
			.map((choice) -> choice.choice(this.id))
			.toList();
		Usage last = (this.usage != null) ? this.usage : this.sideUsage;
		return new ChatCompletion(this.id, this.created, this.model, all, last, this.extra);
	}

	private static final class ChoiceAccumulator {

		private final int index;

		private final StringBuilder content = new StringBuilder();

		private final StringBuilder reasoning = new StringBuilder();

		private final StringBuilder refusal = new StringBuilder();

		private final ToolCallAccumulator toolCalls = new ToolCallAccumulator();

		/** Some providers send all of them again with each chunk. */
		private final Set<Annotation> annotations = new LinkedHashSet<>();

		private final AudioAccumulator audio = new AudioAccumulator();

		private final List<Logprobs.Token> contentLogprobs = new ArrayList<>();

		private final List<Logprobs.Token> refusalLogprobs = new ArrayList<>();

		private final ExtraAccumulator extra = new ExtraAccumulator();

		private @Nullable FinishReason finishReason;

		ChoiceAccumulator(int index) {
			this.index = index;
		}

		void add(ChunkChoice choice) {
			Delta delta = choice.delta();
			this.content.append(delta.content());
			this.reasoning.append(delta.reasoning());
			this.refusal.append(delta.refusal());
			if (!delta.toolCalls().isEmpty()) {
				delta.toolCalls().forEach(this.toolCalls::add);
			}
			if (!delta.annotations().isEmpty()) {
				this.annotations.addAll(delta.annotations());
			}
			this.audio.add(delta.audio());
			if (choice.logprobs() != null) {
				this.contentLogprobs.addAll(choice.logprobs().content());
				this.refusalLogprobs.addAll(choice.logprobs().refusal());
			}
			this.extra.add(delta.extra());
			this.extra.add(choice.extra());
			if (choice.finishReason() != null) {
				this.finishReason = choice.finishReason();
			}
		}

		ChatCompletion.Choice choice(@Nullable String id) {
			Logprobs logprobs = (this.contentLogprobs.isEmpty() && this.refusalLogprobs.isEmpty()) ? null
					: new Logprobs(this.contentLogprobs, this.refusalLogprobs);
			return new ChatCompletion.Choice(this.index, this.content.toString(), this.reasoning.toString(),
					this.refusal.toString(), this.toolCalls.toolCalls(id + "/" + this.index),
					List.copyOf(this.annotations), this.audio.audio(), logprobs, this.finishReason, this.extra.extra());
		}

	}

}
