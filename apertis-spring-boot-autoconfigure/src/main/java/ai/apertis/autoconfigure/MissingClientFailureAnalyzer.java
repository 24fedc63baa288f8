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
 * Failure analyzer for injection points of a client that does not exist. Lists the
 * clients that do.
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
				"An ApertisClient is wanted that is not there. The clients with a name are " + names + ".",
				"Inject a client with its name as the qualifier, such as @Qualifier(\"" + names.iterator().next()
						+ "\"), or the default one without a qualifier.",
				cause);
	}

}
