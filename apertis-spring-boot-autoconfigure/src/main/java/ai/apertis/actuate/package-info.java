/**
 * What the actuator tells of the client and the pass-through.
 */
@NullMarked
package ai.apertis.actuate;

import org.jspecify.annotations.NullMarked;
