package ai.apertis.autoconfigure.observation;

import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link AutoConfiguration Auto-configuration} that keeps the API keys, and the password
 * of a proxy, out of the actuator, also where the application shows the values of its
 * properties.
 */
@AutoConfiguration
@ConditionalOnClass(SanitizingFunction.class)
public final class ApertisSanitizingAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "apertisSanitizingFunction")
	SanitizingFunction apertisSanitizingFunction() {
		return (data) -> isSecret(data) ? data.withSanitizedValue() : data;
	}

	private static boolean isSecret(SanitizableData data) {
		String key = data.getLowerCaseKey().replaceAll("[-_.]", "");
		return key.startsWith("apertis") && (key.endsWith("apikey") || key.endsWith("password"));
	}

}
