package ai.apertis.client.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What is asked of a model. Immutable; {@link #mutate()} gives a builder to make another
 * from it.
 *
 * @param messages the conversation so far
 * @param parameters all else, by name on the wire; what is not in it is not sent
 */
public record ChatCompletionRequest(List<ChatMessage> messages, Map<String, Object> parameters) {

	private static final String MODEL = "model";

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
	 * Return the model that is asked.
	 * @return the model's id, empty if it is left to the defaults
	 */
	public Optional<String> model() {
		return Optional.ofNullable(this.parameters.get(MODEL)).map(Object::toString);
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
	 * Tells the model and the size of the conversation, not its content.
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
