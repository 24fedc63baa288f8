/**
 * The pass-through on Spring WebFlux.
 */
@NullMarked
package ai.apertis.passthrough.reactive;

import org.jspecify.annotations.NullMarked;
