/**
 * The addresses of callers, and who is believed about them.
 */
@NullMarked
package ai.apertis.passthrough.address;

import org.jspecify.annotations.NullMarked;
