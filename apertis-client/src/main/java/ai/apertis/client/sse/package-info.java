/**
 * From bytes to events to a verdict on the stream; knows no type of the chat model.
 */
@NullMarked
package ai.apertis.client.sse;

import org.jspecify.annotations.NullMarked;
