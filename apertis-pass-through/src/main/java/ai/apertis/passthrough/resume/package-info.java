/**
 * Streams that can be resumed: what has gone down is kept in a store for a while, so that
 * an answer goes on when its page is reloaded or its network is lost.
 */
@NullMarked
package ai.apertis.passthrough.resume;

import org.jspecify.annotations.NullMarked;
