package ai.apertis.autoconfigure;

/**
 * {@link ApertisConnectionDetails} from the properties.
 */
final class PropertiesApertisConnectionDetails implements ApertisConnectionDetails {

	private final ApertisProperties properties;

	PropertiesApertisConnectionDetails(ApertisProperties properties) {
		this.properties = properties;
	}

	@Override
	public String getBaseUrl() {
		return this.properties.baseUrl();
	}

	/**
	 * Return the key, or fail if there is none.
	 */
	@Override
	public String getApiKey() {
		return MissingApiKeyException.require("apertis.api-key", this.properties.apiKey());
	}

}
