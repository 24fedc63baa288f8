/**
 * What all benchmarks measure with: processes of their own, and tables of results.
 */
@NullMarked
package ai.apertis.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
