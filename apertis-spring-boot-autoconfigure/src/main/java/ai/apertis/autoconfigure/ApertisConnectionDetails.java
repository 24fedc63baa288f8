package ai.apertis.autoconfigure;

import ai.apertis.client.ApertisClientBuilder;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the gateway is and how to get in. Define a bean of this type to take it from
 * anywhere but the properties.
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

}
