/**
 * Auto-configuration of what is seen from outside.
 */
@NullMarked
package ai.apertis.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
