/**
 * Measures what a token costs.
 */
@NullMarked
package ai.apertis.benchmarks;

import org.jspecify.annotations.NullMarked;
