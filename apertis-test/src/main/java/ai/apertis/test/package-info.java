/**
 * A gateway in a box: {@link ai.apertis.test.SimulatedGateway} serves scripted replies,
 * byte for byte, over a real socket.
 */
@NullMarked
package ai.apertis.test;

import org.jspecify.annotations.NullMarked;
