/**
 * What all that the gateway sends has in common, whatever it is: lenient JSON, the words
 * of finish reasons, the members of usage objects. Knows nothing else of the client.
 */
@NullMarked
package ai.apertis.client.wire;

import org.jspecify.annotations.NullMarked;
