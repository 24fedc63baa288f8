/**
 * What is seen of a call from outside: observation names, conventions and token meters.
 */
@NullMarked
package ai.apertis.client.observation;

import org.jspecify.annotations.NullMarked;
