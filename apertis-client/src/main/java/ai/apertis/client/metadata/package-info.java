/**
 * What the headers of the gateway's answers tell.
 */
@NullMarked
package ai.apertis.client.metadata;

import org.jspecify.annotations.NullMarked;
