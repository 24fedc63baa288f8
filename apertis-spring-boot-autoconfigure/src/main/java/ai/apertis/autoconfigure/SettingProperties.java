package ai.apertis.autoconfigure;

import ai.apertis.client.error.Setting;

/**
 * The properties behind the settings of the client.
 */
final class SettingProperties {

	private SettingProperties() {
	}

	/**
	 * Return the property that configures a setting.
	 * @param setting the setting
	 * @return the name of the property below that of the client
	 */
	static String of(Setting setting) {
		return switch (setting) {
			case API_KEY -> "api-key";
			case BASE_URL -> "base-url";
			case MODEL -> "chat.model";
			case CONNECT_TIMEOUT -> "http.connect-timeout";
			case PROXY -> "http.proxy";
			case SSL -> "http.ssl.bundle";
			case MAX_CONNECTIONS -> "http.pool.max-connections";
			case FIRST_CHUNK_TIMEOUT -> "stream.first-chunk-timeout";
			case IDLE_TIMEOUT -> "stream.idle-timeout";
			case CONTENT_TIMEOUT -> "stream.content-timeout";
			case TOTAL_TIMEOUT -> "stream.total-timeout";
			case WHOLE_RESPONSE_TIMEOUT -> "stream.whole-response-timeout";
			case MAX_EVENT_SIZE -> "stream.max-event-size";
			case FINISH_REASON_REQUIRED -> "stream.finish-reason-required";
		};
	}

}
