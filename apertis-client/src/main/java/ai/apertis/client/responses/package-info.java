/**
 * OpenAI's Responses, as raw events and collected.
 */
@NullMarked
package ai.apertis.client.responses;

import org.jspecify.annotations.NullMarked;
