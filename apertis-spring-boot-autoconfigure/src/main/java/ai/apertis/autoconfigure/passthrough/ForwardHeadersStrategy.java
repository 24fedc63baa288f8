package ai.apertis.autoconfigure.passthrough;

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Who reads the headers in which proxies tell whose requests they forward, as Spring Boot
 * decides it.
 */
enum ForwardHeadersStrategy {

	/** The server. */
	NATIVE,

	/** A filter of Spring's. */
	FRAMEWORK,

	/** Nobody. */
	NONE;

	private static final String PROPERTY = "server.forward-headers-strategy";

	/**
	 * Return the strategy of an application.
	 */
	static ForwardHeadersStrategy of(Environment environment) {
		ForwardHeadersStrategy chosen = Binder.get(environment)
			.bind(PROPERTY, ForwardHeadersStrategy.class)
			.orElse(null);
		if (chosen != null) {
			return chosen;
		}
		CloudPlatform platform = CloudPlatform.getActive(environment);
		return (platform != null && platform.isUsingForwardHeaders()) ? NATIVE : NONE;
	}

}
