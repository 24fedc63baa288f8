package ai.apertis.autoconfigure;

import java.util.Set;

import ai.apertis.client.ApertisClient;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Registers a bean for each client below {@code apertis.clients}, which is injected only
 * where its name is the qualifier.
 */
class NamedClientsRegistrar implements ImportBeanDefinitionRegistrar {

	static final String SUFFIX = "ApertisClient";

	private final Environment environment;

	NamedClientsRegistrar(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		Set<String> names = NamedClientProperties.names(this.environment);
		if (!names.isEmpty()) {
			leaveDefaultClientUntilItIsWanted(metadata, registry);
		}
		for (String name : names) {
			if (!registry.containsBeanDefinition(name + SUFFIX)) {
				registry.registerBeanDefinition(name + SUFFIX, definition(name));
			}
		}
	}

	/**
	 * It may have no key, if all the application wants are clients with a name.
	 */
	private static void leaveDefaultClientUntilItIsWanted(AnnotationMetadata metadata,
			BeanDefinitionRegistry registry) {
		if (registry.containsBeanDefinition(ApertisAutoConfiguration.DEFAULT_CLIENT)) {
			BeanDefinition client = registry.getBeanDefinition(ApertisAutoConfiguration.DEFAULT_CLIENT);
			if (metadata.getClassName().equals(client.getFactoryBeanName())) {
				client.setLazyInit(true);
			}
		}
	}

	private static RootBeanDefinition definition(String name) {
		RootBeanDefinition definition = new RootBeanDefinition(ApertisClient.class);
		definition.setFactoryBeanName(ApertisAutoConfiguration.CLIENTS);
		definition.setFactoryMethodName("named");
		definition.getConstructorArgumentValues().addIndexedArgumentValue(0, name);
		definition.setDefaultCandidate(false);
		definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
		return definition;
	}

}
