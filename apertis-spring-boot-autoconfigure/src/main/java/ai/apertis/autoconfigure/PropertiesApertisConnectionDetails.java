package ai.apertis.autoconfigure;

import org.springframework.util.StringUtils;

/**
 * The {@link ApertisConnectionDetails} from the properties.
 */
final class PropertiesApertisConnectionDetails implements ApertisConnectionDetails {

	private final String baseUrl;

	private final String apiKey;

	PropertiesApertisConnectionDetails(ApertisProperties properties) {
		String key = properties.apiKey();
		if (!StringUtils.hasText(key)) {
			throw new MissingApiKeyException();
		}
		this.baseUrl = properties.baseUrl();
		this.apiKey = key.strip();
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
