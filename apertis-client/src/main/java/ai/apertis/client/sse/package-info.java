/**
 * From bytes to server-sent events. Knows neither JSON nor what an event means.
 */
@NullMarked
package ai.apertis.client.sse;

import org.jspecify.annotations.NullMarked;
