/**
 * From the buffers of a body to the events of a stream and its outcome. What an event
 * means is up to a {@link ai.apertis.client.stream.StreamProtocol}.
 */
@NullMarked
package ai.apertis.client.stream;

import org.jspecify.annotations.NullMarked;
