package ai.apertis.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Failure analyzer for invalid values of our properties: names the property, where it was
 * set, and what to do. It precedes Spring Boot's own analyzers, one of which would
 * describe the record that was bound.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class InvalidPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigurationPropertyValueException> {

	private final Environment environment;

	InvalidPropertyFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure,
			InvalidConfigurationPropertyValueException cause) {
		if (!cause.getName().startsWith("apertis.")) {
			return null;
		}
		String value = (cause.getValue() != null) ? "'" + cause.getValue() + "'" : "a value that is not shown here";
		return new FailureAnalysis(
				"The property '" + cause.getName() + "' has " + value + origin(cause.getName()) + ".",
				cause.getReason(), cause);
	}

	private String origin(String name) {
		if (!ConfigurationPropertyName.isValid(name)) {
			return "";
		}
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			ConfigurationProperty property = source.getConfigurationProperty(ConfigurationPropertyName.of(name));
			if (property != null) {
				return (property.getOrigin() != null) ? " (from " + property.getOrigin() + ")" : "";
			}
		}
		return "";
	}

}
