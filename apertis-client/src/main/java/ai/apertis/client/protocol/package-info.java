/**
 * The protocols in which the gateway answers: what their events mean, and when an answer
 * is whole. Knows no HTTP.
 */
@NullMarked
package ai.apertis.client.protocol;

import org.jspecify.annotations.NullMarked;
