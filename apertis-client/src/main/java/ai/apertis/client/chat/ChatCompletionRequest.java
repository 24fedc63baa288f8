package ai.apertis.client.chat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Request for a chat completion. Immutable; {@link #mutate()} returns a builder that
 * starts from this request.
 *
 * @param messages the conversation so far
 * @param parameters all else, by name on the wire; what is not in it is not sent
 */
public record ChatCompletionRequest(List<ChatMessage> messages, Map<String, Object> parameters) {

	private static final String MODEL = "model";

	/** The gateway's own, in milliseconds. */
	private static final long DEFAULT_FALLBACK_TIMEOUT = 30_000;

	public ChatCompletionRequest {
		messages = List.copyOf(messages);
		parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
	}

	/**
	 * Begin a request.
	 * @return an empty builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Ask a question.
	 * @param prompt the user's text
	 * @return a request with the one message, and with nothing else
	 */
	public static ChatCompletionRequest of(String prompt) {
		return builder().user(prompt).build();
	}

	/**
	 * Ask a model a question.
	 * @param model the model's id
	 * @param prompt the user's text
	 * @return a request with the one message, and with nothing else
	 */
	public static ChatCompletionRequest of(String model, String prompt) {
		return builder().model(model).user(prompt).build();
	}

	/**
	 * Begin another request from this one.
	 * @return a builder with all that this request has
	 */
	public Builder mutate() {
		Builder builder = new Builder();
		builder.messages.addAll(this.messages);
		builder.parameters.putAll(this.parameters);
		return builder;
	}

	/**
	 * Return the requested model.
	 * @return the model's id, empty if it is left to the defaults
	 */
	public Optional<String> model() {
		return Optional.ofNullable(this.parameters.get(MODEL)).map(Object::toString);
	}

	/**
	 * Return how many choices are requested.
	 * @return the number of choices, 1 unless {@code n} says otherwise
	 */
	public int choices() {
		return (this.parameters.get("n") instanceof Number n) ? Math.max(1, n.intValue()) : 1;
	}

	/**
	 * Return how long the gateway may take to go through the models of
	 * {@link Builder#fallback}, each of which it waits for in turn.
	 * @return the time, zero if it has none to go through
	 */
	public Duration fallbackTime() {
		if (!Boolean.TRUE.equals(this.parameters.get("fallback_enabled"))
				|| !(this.parameters.get("fallback_models") instanceof Collection<?> models)) {
			return Duration.ZERO;
		}
		long each = (this.parameters.get("fallback_timeout") instanceof Number timeout) ? timeout.longValue()
				: DEFAULT_FALLBACK_TIMEOUT;
		return Duration.ofMillis(each * (1 + models.size()));
	}

	/**
	 * Fill in what this request leaves open.
	 * @param defaults values by name on the wire
	 * @return a request with this request's own values, and with the defaults for all
	 * others
	 */
	public ChatCompletionRequest withDefaults(Map<String, Object> defaults) {
		Map<String, Object> merged = new LinkedHashMap<>(defaults);
		merged.putAll(this.parameters);
		return new ChatCompletionRequest(this.messages, merged);
	}

	/**
	 * Return the model and the size of the conversation, not its content.
	 */
	@Override
	public String toString() {
		return "ChatCompletionRequest[model=" + model().orElse("(default)") + ", messages=" + this.messages.size()
				+ ", parameters=" + this.parameters.keySet() + "]";
	}

	/**
	 * Builds a request. Not safe for use by several threads at a time.
	 */
	public static final class Builder {

		private final List<ChatMessage> messages = new ArrayList<>();

		private final Map<String, Object> parameters = new LinkedHashMap<>();

		private Builder() {
		}

		/**
		 * Ask this model.
		 * @param model the model's id
		 * @return this builder
		 */
		public Builder model(String model) {
			return parameter(MODEL, model);
		}

		/**
		 * Add a message that says how the model should answer.
		 * @param content the text
		 * @return this builder
		 */
		public Builder system(String content) {
			return message(ChatMessage.system(content));
		}

		/**
		 * Add a message of the user.
		 * @param content the text
		 * @return this builder
		 */
		public Builder user(String content) {
			return message(ChatMessage.user(content));
		}

		/**
		 * Add a message of the user with content of several kinds.
		 * @param parts the parts
		 * @return this builder
		 */
		public Builder user(ContentPart... parts) {
			return message(ChatMessage.user(parts));
		}

		/**
		 * Add a message.
		 * @param message the message
		 * @return this builder
		 */
		public Builder message(ChatMessage message) {
			this.messages.add(message);
			return this;
		}

		/**
		 * Set the sampling temperature.
		 * @param temperature from 0 to 2, for some models to 1
		 * @return this builder
		 */
		public Builder temperature(double temperature) {
			return parameter("temperature", temperature);
		}

		/**
		 * Set the nucleus sampling.
		 * @param topP from 0 to 1
		 * @return this builder
		 */
		public Builder topP(double topP) {
			return parameter("top_p", topP);
		}

		/**
		 * Limit the tokens of the answer. OpenAI's reasoning models want
		 * {@link #maxCompletionTokens(long)} instead.
		 * @param maxTokens the limit
		 * @return this builder
		 */
		public Builder maxTokens(long maxTokens) {
			return parameter("max_tokens", maxTokens);
		}

		/**
		 * Limit the tokens of the answer, those of hidden reasoning included.
		 * @param maxCompletionTokens the limit
		 * @return this builder
		 */
		public Builder maxCompletionTokens(long maxCompletionTokens) {
			return parameter("max_completion_tokens", maxCompletionTokens);
		}

		/**
		 * End the answer at any of these texts.
		 * @param stop up to four texts
		 * @return this builder
		 */
		public Builder stop(String... stop) {
			return parameter("stop", List.of(stop));
		}

		/**
		 * Make sampling repeatable, as far as the provider can.
		 * @param seed any number
		 * @return this builder
		 */
		public Builder seed(long seed) {
			return parameter("seed", seed);
		}

		/**
		 * Ask for several answers at once.
		 * @param n how many choices
		 * @return this builder
		 */
		public Builder n(int n) {
			return parameter("n", n);
		}

		/**
		 * Make the model speak of new things.
		 * @param presencePenalty from -2 to 2
		 * @return this builder
		 */
		public Builder presencePenalty(double presencePenalty) {
			return parameter("presence_penalty", presencePenalty);
		}

		/**
		 * Make the model repeat itself less.
		 * @param frequencyPenalty from -2 to 2
		 * @return this builder
		 */
		public Builder frequencyPenalty(double frequencyPenalty) {
			return parameter("frequency_penalty", frequencyPenalty);
		}

		/**
		 * Ask for the log probabilities of the answer's tokens.
		 * @param topLogprobs how many alternatives to tell for each token, 0 for none
		 * @return this builder
		 */
		public Builder logprobs(int topLogprobs) {
			parameter("logprobs", true);
			return (topLogprobs > 0) ? parameter("top_logprobs", topLogprobs) : this;
		}

		/**
		 * Make tokens more or less likely.
		 * @param logitBias by the token's number, from -100, which bans it, to 100, which
		 * all but forces it
		 * @return this builder
		 */
		public Builder logitBias(Map<Integer, Integer> logitBias) {
			return parameter("logit_bias", Map.copyOf(logitBias));
		}

		/**
		 * Let the model speak, beside its text.
		 * @param voice the voice, such as {@code alloy}
		 * @param format the format, such as {@code wav} or {@code mp3}; a stream needs
		 * {@code pcm16} at OpenAI
		 * @return this builder
		 */
		public Builder speech(String voice, String format) {
			parameter("modalities", List.of("text", "audio"));
			return parameter("audio", Map.of("voice", voice, "format", format));
		}

		/**
		 * Name the end user, for the provider to tell abuse.
		 * @param user an id that means nothing to others
		 * @return this builder
		 */
		public Builder endUser(String user) {
			return parameter("user", user);
		}

		/**
		 * Declare functions that the model may ask to be called.
		 * @param tools the functions
		 * @return this builder
		 */
		public Builder tools(Tool... tools) {
			return parameter("tools", List.of(tools));
		}

		/**
		 * Say whether tools are to be called.
		 * @param toolChoice {@code none}, {@code auto} or {@code required}
		 * @return this builder
		 */
		public Builder toolChoice(String toolChoice) {
			return parameter("tool_choice", toolChoice);
		}

		/**
		 * Make the model call a function.
		 * @param name the function's name
		 * @return this builder
		 */
		public Builder toolChoiceFunction(String name) {
			return parameter("tool_choice", Map.of("type", "function", "function", Map.of("name", name)));
		}

		/**
		 * Say whether several tools may be called in one turn.
		 * @param parallelToolCalls whether they may
		 * @return this builder
		 */
		public Builder parallelToolCalls(boolean parallelToolCalls) {
			return parameter("parallel_tool_calls", parallelToolCalls);
		}

		/**
		 * Set the form that the answer must have.
		 * @param responseFormat the form
		 * @return this builder
		 */
		public Builder responseFormat(ResponseFormat responseFormat) {
			return parameter("response_format", responseFormat);
		}

		/**
		 * Say how much a reasoning model of OpenAI's kind thinks.
		 * @param effort such as {@code low}, {@code medium} or {@code high}
		 * @return this builder
		 */
		public Builder reasoningEffort(String effort) {
			return parameter("reasoning_effort", effort);
		}

		/**
		 * Let the model reason, in the gateway's own words.
		 * @param effort such as {@code low}, {@code medium} or {@code high}
		 * @param summary how reasoning is summarized: {@code auto}, {@code concise} or
		 * {@code detailed}
		 * @return this builder
		 */
		public Builder reasoning(String effort, String summary) {
			return parameter("reasoning", Map.of("enabled", true, "effort", effort, "summary", summary));
		}

		/**
		 * Let a Claude model think.
		 * @param budgetTokens the tokens that it may think for, from 1024 to 32768 and
		 * below the limit of the answer
		 * @return this builder
		 */
		public Builder thinking(int budgetTokens) {
			return parameter("thinking", Map.of("type", "enabled", "budget_tokens", budgetTokens));
		}

		/**
		 * Say whether a Gemini model thinks.
		 * @param type {@code enabled}, {@code disabled} or {@code auto}
		 * @return this builder
		 */
		public Builder thinking(String type) {
			return parameter("thinking", Map.of("type", type));
		}

		/**
		 * Name models that the gateway tries, one after the other, when the model fails.
		 * The call's limit for the first chunk is raised to the time that this may take.
		 * @param timeout how long it waits for each before it goes on to the next, from 5
		 * seconds to 5 minutes
		 * @param models one to five models
		 * @return this builder
		 * @throws IllegalArgumentException if there are too many models, or the time is
		 * out of range: the gateway would refuse the request
		 */
		public Builder fallback(Duration timeout, String... models) {
			if (models.length == 0 || models.length > 5) {
				throw new IllegalArgumentException("One to five fallback models can be named, not " + models.length);
			}
			if (timeout.toMillis() < 5_000 || timeout.toMillis() > 300_000) {
				throw new IllegalArgumentException("The fallback timeout must be from 5 s to 5 min, not " + timeout);
			}
			parameter("fallback_enabled", true);
			parameter("fallback_models", List.of(models));
			return parameter("fallback_timeout", timeout.toMillis());
		}

		/**
		 * Search the web first. For models with the suffix {@code :web}.
		 * @param results how many results to read, from 1 to 10
		 * @param contentLength how much of each: {@code short}, {@code medium} or
		 * {@code full}
		 * @return this builder
		 */
		public Builder webResults(int results, String contentLength) {
			parameter("web_results_count", results);
			return parameter("web_content_length", contentLength);
		}

		/**
		 * Say how a search model searches.
		 * @param searchContextSize {@code low}, {@code medium} or {@code high}
		 * @return this builder
		 */
		public Builder webSearch(String searchContextSize) {
			return parameter("web_search_options", Map.of("search_context_size", searchContextSize));
		}

		/**
		 * Let the gateway shorten a long conversation.
		 * @param strategy {@code on}, {@code conservative} or {@code aggressive}
		 * @param keepTurns how many of the newest turns stay as they are
		 * @return this builder
		 */
		public Builder compression(String strategy, int keepTurns) {
			return parameter("compression", Map.of("enabled", true, "strategy", strategy, "keep_turns", keepTurns));
		}

		/**
		 * Let the gateway shorten a conversation that has grown beyond a size.
		 * @param strategy {@code on}, {@code conservative} or {@code aggressive}
		 * @param keepTurns how many of the newest turns stay as they are
		 * @param threshold from how many tokens on
		 * @return this builder
		 */
		public Builder compression(String strategy, int keepTurns, int threshold) {
			return parameter("compression",
					Map.of("enabled", true, "strategy", strategy, "keep_turns", keepTurns, "threshold", threshold));
		}

		/**
		 * Attach data of one's own to the request.
		 * @param metadata up to 16 pairs
		 * @return this builder
		 */
		public Builder metadata(Map<String, String> metadata) {
			return parameter("metadata", Map.copyOf(metadata));
		}

		/**
		 * Ask for the usage at the end of the stream, as it is asked for unless the
		 * request says otherwise; or say otherwise.
		 * @param includeUsage whether the gateway is to tell the usage
		 * @return this builder
		 */
		public Builder includeUsage(boolean includeUsage) {
			return parameter("stream_options", Map.of("include_usage", includeUsage));
		}

		/**
		 * Set any parameter, also one that this builder has no method for. It is sent at
		 * the top level of the request.
		 * @param name the name on the wire
		 * @param value anything that can be written as JSON, {@code null} to leave the
		 * parameter to the defaults
		 * @return this builder
		 */
		public Builder parameter(String name, @Nullable Object value) {
			if (value == null) {
				this.parameters.remove(name);
			}
			else {
				this.parameters.put(name, value);
			}
			return this;
		}

		/**
		 * Build the request.
		 * @return the request
		 * @throws IllegalStateException if there is no message
		 */
		public ChatCompletionRequest build() {
			if (this.messages.isEmpty()) {
				throw new IllegalStateException("A request needs at least one message: call user(\"...\")");
			}
			return new ChatCompletionRequest(this.messages, this.parameters);
		}

	}

}
