package ai.apertis.autoconfigure;

/**
 * The {@link ApertisConnectionDetails} from the properties.
 */
final class PropertiesApertisConnectionDetails implements ApertisConnectionDetails {

	private final String baseUrl;

	private final String apiKey;

	PropertiesApertisConnectionDetails(ApertisProperties properties) {
		this.apiKey = MissingApiKeyException.require("apertis.api-key", properties.apiKey());
		this.baseUrl = properties.baseUrl();
	}

	@Override
	public String getBaseUrl() {
		return this.baseUrl;
	}

	@Override
	public String getApiKey() {
		return this.apiKey;
	}

}
