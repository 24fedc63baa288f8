package ai.apertis.autoconfigure.passthrough;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnNotWebApplication;
import org.springframework.context.annotation.Bean;

/**
 * {@link AutoConfiguration Auto-configuration} that warns of a pass-through that is
 * enabled in an application without a web server.
 */
@AutoConfiguration
@ConditionalOnNotWebApplication
@ConditionalOnBooleanProperty("apertis.pass-through.enabled")
public final class UnservedPassThroughAutoConfiguration {

	private static final Log logger = LogFactory.getLog(UnservedPassThroughAutoConfiguration.class);

	@Bean
	SmartInitializingSingleton apertisUnservedPassThroughWarning() {
		return () -> logger.warn("apertis.pass-through.enabled is true, but this application has no web server, so that"
				+ " nothing is served. Add spring-boot-starter-webmvc or spring-boot-starter-webflux, or take the"
				+ " property away");
	}

}
