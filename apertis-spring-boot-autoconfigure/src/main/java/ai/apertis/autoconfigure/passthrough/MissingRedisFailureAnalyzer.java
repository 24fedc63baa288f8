package ai.apertis.autoconfigure.passthrough;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Failure analyzer for {@link MissingRedisException}.
 */
class MissingRedisFailureAnalyzer extends AbstractFailureAnalyzer<MissingRedisException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingRedisException cause) {
		return new FailureAnalysis(cause.property() + " is redis, but the application has no connection to Redis.",
				"Add the dependency org.springframework.boot:spring-boot-starter-data-redis-reactive, and set"
						+ " spring.data.redis.host or spring.data.redis.url."
						+ " To keep it elsewhere, define a bean of type " + cause.alternative().getSimpleName() + ".",
				cause);
	}

}
