/**
 * Relays the gateway's streams to the application's own HTTP clients, as the bytes with
 * which they came.
 */
@NullMarked
package ai.apertis.passthrough;

import org.jspecify.annotations.NullMarked;
