package ai.apertis.autoconfigure;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Whether there is to be a default client: not if only clients with a name have a key.
 */
class OnDefaultClientCondition extends SpringBootCondition implements ConfigurationCondition {

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("Default Apertis client");
		if (NamedClientProperties.names(context.getEnvironment()).isEmpty()) {
			return ConditionOutcome.match(message.because("there are no clients with a name"));
		}
		boolean key = Binder.get(context.getEnvironment())
			.bind("apertis.api-key", String.class)
			.map(StringUtils::hasText)
			.orElse(false);
		if (key) {
			return ConditionOutcome.match(message.foundExactly("apertis.api-key"));
		}
		ConfigurableListableBeanFactory beans = context.getBeanFactory();
		boolean own = beans != null && beans.getBeanNamesForType(ApertisConnectionDetails.class, true, false).length > 0
				&& !beans.containsBeanDefinition(ApertisAutoConfiguration.CONNECTION_DETAILS);
		return own ? ConditionOutcome.match(message.because("the application has connection details of its own"))
				: ConditionOutcome.noMatch(message.because("only clients with a name have a key"));
	}

}
