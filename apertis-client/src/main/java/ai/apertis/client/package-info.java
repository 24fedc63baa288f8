/**
 * The streaming client: {@link ai.apertis.client.ApertisClient} and the calls made with
 * it.
 */
@NullMarked
package ai.apertis.client;

import org.jspecify.annotations.NullMarked;
