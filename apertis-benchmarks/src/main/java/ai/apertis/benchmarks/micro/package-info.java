/**
 * Single steps.
 */
@NullMarked
package ai.apertis.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
