/**
 * What goes down to clients: the bytes of streams, and errors.
 */
@NullMarked
package ai.apertis.passthrough.format;

import org.jspecify.annotations.NullMarked;
