/**
 * The sample application.
 */
@NullMarked
package ai.apertis.sample;

import org.jspecify.annotations.NullMarked;
