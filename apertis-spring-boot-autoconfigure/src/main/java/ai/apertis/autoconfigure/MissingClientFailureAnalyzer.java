package ai.apertis.autoconfigure;

import java.util.Set;
import java.util.TreeSet;

import ai.apertis.client.ApertisClient;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Tells which clients there are, where one is wanted that is not.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class MissingClientFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> {

	private final Environment environment;

	MissingClientFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
		Set<String> names = new TreeSet<>(NamedClientProperties.names(this.environment));
		if (cause.getResolvableType() == null || cause.getResolvableType().resolve() != ApertisClient.class
				|| names.isEmpty()) {
			return null;
		}
		return new FailureAnalysis(
				"An ApertisClient is wanted that is not there. The clients with a name are " + names
						+ "; the default one is there only if it has an API key.",
				"For a client with a name, inject it with that name as its qualifier, such as @Qualifier(\""
						+ names.iterator().next() + "\"). For the default one, set 'apertis.api-key'.",
				cause);
	}

}
