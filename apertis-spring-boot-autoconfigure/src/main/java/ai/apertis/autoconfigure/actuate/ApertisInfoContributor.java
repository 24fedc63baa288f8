package ai.apertis.autoconfigure.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/**
 * {@link InfoContributor} that shows the gateway and the default model.
 */
class ApertisInfoContributor implements InfoContributor {

	private final ApertisConfiguration configuration;

	/**
	 * Create a contributor.
	 * @param configuration what the application has configured
	 */
	public ApertisInfoContributor(ApertisConfiguration configuration) {
		this.configuration = configuration;
	}

	@Override
	public void contribute(Info.Builder builder) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("baseUrl", this.configuration.baseUrl());
		if (this.configuration.model() != null) {
			details.put("model", this.configuration.model());
		}
		details.put("passThrough", this.configuration.passThrough());
		builder.withDetail("apertis", details);
	}

}
