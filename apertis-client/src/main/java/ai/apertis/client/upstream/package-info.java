/**
 * The HTTP exchange with the gateway, shared by the typed client and the pass-through.
 */
@NullMarked
package ai.apertis.client.upstream;

import org.jspecify.annotations.NullMarked;
