/**
 * Delivers responses to clients: signs of life, back-pressure, hang-ups, endings. Knows
 * no web stack.
 */
@NullMarked
package ai.apertis.passthrough.delivery;

import org.jspecify.annotations.NullMarked;
