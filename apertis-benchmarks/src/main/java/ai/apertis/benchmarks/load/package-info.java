/**
 * Clients that cost next to nothing.
 */
@NullMarked
package ai.apertis.benchmarks.load;

import org.jspecify.annotations.NullMarked;
