/**
 * The exceptions a caller can act on.
 */
@NullMarked
package ai.apertis.client.error;

import org.jspecify.annotations.NullMarked;
