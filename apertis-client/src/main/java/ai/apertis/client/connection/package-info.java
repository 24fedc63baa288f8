/**
 * The connections to the gateway: a pool that suits streams, each of which keeps a
 * connection to itself for as long as it lasts.
 */
@NullMarked
package ai.apertis.client.connection;

import org.jspecify.annotations.NullMarked;
