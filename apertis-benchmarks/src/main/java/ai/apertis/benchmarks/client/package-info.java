/**
 * What reads an answer in Java.
 */
@NullMarked
package ai.apertis.benchmarks.client;

import org.jspecify.annotations.NullMarked;
