/**
 * Auto-configuration of what the actuator tells.
 */
@NullMarked
package ai.apertis.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
