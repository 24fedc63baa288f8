package ai.apertis.autoconfigure;

import ai.apertis.client.ApertisClientBuilder;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * {@link ConnectionDetails} for the gateway. Define a bean of this type to provide them
 * by other means than properties.
 */
public interface ApertisConnectionDetails extends ConnectionDetails {

	/**
	 * Return the gateway's base URL.
	 * @return the URL, with the API's version
	 */
	default String getBaseUrl() {
		return ApertisClientBuilder.DEFAULT_BASE_URL;
	}

	/**
	 * Return the API key. Asked for anew for each call, so that it may change.
	 * @return the key
	 */
	String getApiKey();

	/**
	 * Return details that never change.
	 * @param baseUrl the gateway's base URL, with the API's version
	 * @param apiKey the API key
	 * @return the details, which never tell the key
	 */
	static ApertisConnectionDetails of(String baseUrl, String apiKey) {
		return new ApertisConnectionDetails() {

			@Override
			public String getBaseUrl() {
				return baseUrl;
			}

			@Override
			public String getApiKey() {
				return apiKey;
			}

		};
	}

}
