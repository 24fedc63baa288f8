package ai.apertis.client.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observation of a chat call, with the names of the OpenTelemetry GenAI conventions.
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
		 * The model that was asked, {@code other} if the gateway has not shown to know
		 * it.
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
		OUTCOME("outcome");

		private final String key;

		LowCardinalityKeyNames(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
