/**
 * How many tokens a text has, where nobody tells.
 */
@NullMarked
package ai.apertis.client.tokens;

import org.jspecify.annotations.NullMarked;
