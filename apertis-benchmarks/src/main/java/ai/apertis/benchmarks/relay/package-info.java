/**
 * What stands between a browser and the gateway.
 */
@NullMarked
package ai.apertis.benchmarks.relay;

import org.jspecify.annotations.NullMarked;
