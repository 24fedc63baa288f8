package ai.apertis.client.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * Documented observation of chat calls, with the names of the OpenTelemetry GenAI
 * conventions.
 *
 * @see <a href="https://github.com/open-telemetry/semantic-conventions-genai">Semantic
 * conventions for generative AI</a>
 */
public enum ChatObservationDocumentation implements ObservationDocumentation {

	/**
	 * A chat call, from its start to the end of its answer.
	 */
	CHAT {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultChatObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinalityKeyNames.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinalityKeyNames.values();
		}

	};

	/**
	 * The keys with few values, which become tags of the meters.
	 */
	public enum LowCardinalityKeyNames implements KeyName {

		/**
		 * What is done: {@code chat}.
		 */
		OPERATION_NAME("gen_ai.operation.name"),

		/**
		 * Who does it: {@code apertis}.
		 */
		PROVIDER_NAME("gen_ai.provider.name"),

		/**
		 * The requested model, {@code other} if the gateway has not shown to know it.
		 */
		REQUEST_MODEL("gen_ai.request.model"),

		/**
		 * The model that answered, as the gateway's header names it, else the model that
		 * was asked, {@code none} if nothing answered.
		 */
		RESPONSE_MODEL("gen_ai.response.model"),

		/**
		 * The kind of failure, {@code none} if there was none.
		 */
		ERROR_TYPE("error.type"),

		/**
		 * How the call ended: {@code completed}, {@code failed}, {@code interrupted} or
		 * {@code cancelled}.
		 */
		OUTCOME("outcome"),

		/**
		 * The gateway's host.
		 */
		SERVER_ADDRESS("server.address"),

		/**
		 * The gateway's port.
		 */
		SERVER_PORT("server.port");

		private final String key;

		LowCardinalityKeyNames(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

	/**
	 * The keys with many values, which become attributes of the span only. What the
	 * request does not set, or the answer did not tell, is left out.
	 */
	public enum HighCardinalityKeyNames implements KeyName {

		/**
		 * How many choices are requested.
		 */
		CHOICE_COUNT("gen_ai.request.choice.count"),

		/**
		 * The seed of the sampling.
		 */
		SEED("gen_ai.request.seed"),

		/**
		 * The most tokens of the answer.
		 */
		MAX_TOKENS("gen_ai.request.max_tokens"),

		/**
		 * The sampling temperature.
		 */
		TEMPERATURE("gen_ai.request.temperature"),

		/**
		 * The share of likely tokens that is sampled from.
		 */
		TOP_P("gen_ai.request.top_p"),

		/**
		 * The texts that end the answer.
		 */
		STOP_SEQUENCES("gen_ai.request.stop_sequences"),

		/**
		 * The penalty for frequent tokens.
		 */
		FREQUENCY_PENALTY("gen_ai.request.frequency_penalty"),

		/**
		 * The penalty for tokens that were used already.
		 */
		PRESENCE_PENALTY("gen_ai.request.presence_penalty"),

		/**
		 * Whether the answer is streamed.
		 */
		REQUEST_STREAM("gen_ai.request.stream"),

		/**
		 * The id of the answer.
		 */
		RESPONSE_ID("gen_ai.response.id"),

		/**
		 * Why the choices ended, in the provider's words, separated by commas.
		 */
		FINISH_REASONS("gen_ai.response.finish_reasons"),

		/**
		 * The time from the call to its first chunk, in seconds.
		 */
		TIME_TO_FIRST_CHUNK("gen_ai.response.time_to_first_chunk"),

		/**
		 * The tokens of the prompt.
		 */
		INPUT_TOKENS("gen_ai.usage.input_tokens"),

		/**
		 * The tokens of the answer.
		 */
		OUTPUT_TOKENS("gen_ai.usage.output_tokens"),

		/**
		 * Those of the input tokens that came from a cache.
		 */
		CACHED_INPUT_TOKENS("gen_ai.usage.cache_read.input_tokens"),

		/**
		 * Those of the input tokens that were written to a cache.
		 */
		CACHE_WRITE_INPUT_TOKENS("gen_ai.usage.cache_write.input_tokens"),

		/**
		 * Those of the output tokens that were spent on reasoning.
		 */
		REASONING_OUTPUT_TOKENS("gen_ai.usage.reasoning.output_tokens"),

		/**
		 * The prompt, only if the application wants it kept.
		 */
		INPUT_MESSAGES("gen_ai.input.messages"),

		/**
		 * The answer, only if the application wants it kept.
		 */
		OUTPUT_MESSAGES("gen_ai.output.messages");

		private final String key;

		HighCardinalityKeyNames(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
