/**
 * A gateway that costs next to nothing.
 */
@NullMarked
package ai.apertis.benchmarks.gateway;

import org.jspecify.annotations.NullMarked;
