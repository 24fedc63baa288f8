package ai.apertis.autoconfigure;

import ai.apertis.client.ApertisClientBuilder;

/**
 * Changes the builder of the application's client before the client is built. Beans of
 * this type are applied in their order.
 */
@FunctionalInterface
public interface ApertisClientCustomizer {

	/**
	 * Change the builder.
	 * @param builder the builder, with all that the properties say
	 */
	void customize(ApertisClientBuilder builder);

}
