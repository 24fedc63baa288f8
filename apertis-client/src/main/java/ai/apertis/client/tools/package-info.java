/**
 * Java functions as tools of a model, and the loop that runs them.
 */
@NullMarked
package ai.apertis.client.tools;

import org.jspecify.annotations.NullMarked;
