/**
 * What the starter adds to the start of an application.
 */
@NullMarked
package ai.apertis.benchmarks.startup;

import org.jspecify.annotations.NullMarked;
