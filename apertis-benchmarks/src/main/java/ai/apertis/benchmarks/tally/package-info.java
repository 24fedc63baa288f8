/**
 * A gateway that keeps a tally, against which the meters of the pass-through are held.
 */
@NullMarked
package ai.apertis.benchmarks.tally;

import org.jspecify.annotations.NullMarked;
