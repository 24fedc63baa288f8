/**
 * Estimates of the number of tokens of a text.
 */
@NullMarked
package ai.apertis.client.tokens;

import org.jspecify.annotations.NullMarked;
