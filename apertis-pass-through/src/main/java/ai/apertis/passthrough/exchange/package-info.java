/**
 * The exchange between a client and the gateway, from a request to the end of its
 * delivery. Knows no web stack.
 */
@NullMarked
package ai.apertis.passthrough.exchange;

import org.jspecify.annotations.NullMarked;
