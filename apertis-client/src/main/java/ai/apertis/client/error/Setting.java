package ai.apertis.client.error;

import java.util.function.Function;

/**
 * Setting that the message of a failure may name. A message holds its
 * {@linkplain #toString() placeholder}, as the name depends on how the client is
 * configured: by a builder, or by the properties of an application.
 */
public enum Setting {

	/** The API key. */
	API_KEY("apiKey"),

	/** The base URL of the gateway. */
	BASE_URL("baseUrl"),

	/** The default model. */
	MODEL("defaultModel"),

	/** The maximum time to connect. */
	CONNECT_TIMEOUT("connectTimeout"),

	/** The proxy on the way to the gateway. */
	PROXY("proxy"),

	/** The trusted certificates. */
	SSL("ssl"),

	/** The maximum number of connections. */
	MAX_CONNECTIONS("maxConnections"),

	/** The maximum time to the first chunk. */
	FIRST_CHUNK_TIMEOUT("firstChunkTimeout"),

	/** The maximum silence between two signs of life. */
	IDLE_TIMEOUT("idleTimeout"),

	/** The maximum time between two chunks. */
	CONTENT_TIMEOUT("contentTimeout"),

	/** The maximum time of a call with all its retries. */
	TOTAL_TIMEOUT("totalTimeout"),

	/** The maximum time of a response that is not streamed. */
	WHOLE_RESPONSE_TIMEOUT("wholeResponseTimeout"),

	/** The maximum size of an event. */
	MAX_EVENT_SIZE("maxEventSize"),

	/** Whether a done marker without a finish reason leaves a stream interrupted. */
	FINISH_REASON_REQUIRED("finishReasonRequired");

	private final String builderName;

	private final String placeholder;

	Setting(String builderName) {
		this.builderName = builderName;
		this.placeholder = "{" + builderName + "}";
	}

	/**
	 * Return the name of the setting in the builders and records of the client.
	 * @return the name in camel case
	 */
	public String builderName() {
		return this.builderName;
	}

	/**
	 * Return the placeholder of the setting in a message.
	 * @return the name of the setting in braces
	 */
	@Override
	public String toString() {
		return this.placeholder;
	}

	/**
	 * Replace the placeholders in a message.
	 * @param message the message
	 * @param names gives the name of each setting
	 * @return the message with the names
	 */
	public static String named(String message, Function<Setting, String> names) {
		if (message.indexOf('{') < 0) {
			return message;
		}
		String named = message;
		for (Setting setting : values()) {
			named = named.replace(setting.placeholder, names.apply(setting));
		}
		return named;
	}

}
