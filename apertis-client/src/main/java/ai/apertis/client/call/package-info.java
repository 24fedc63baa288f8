/**
 * How calls are made: options, limits, retries, and the outcomes in which they end.
 */
@NullMarked
package ai.apertis.client.call;

import org.jspecify.annotations.NullMarked;
