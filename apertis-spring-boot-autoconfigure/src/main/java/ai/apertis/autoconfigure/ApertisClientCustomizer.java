package ai.apertis.autoconfigure;

import ai.apertis.client.ApertisClientBuilder;

/**
 * Callback to customize the client's builder before the client is built. Beans of this
 * type are applied in order.
 */
@FunctionalInterface
public interface ApertisClientCustomizer {

	/**
	 * Change the builder.
	 * @param builder the builder, with all that the properties say
	 */
	void customize(ApertisClientBuilder builder);

}
