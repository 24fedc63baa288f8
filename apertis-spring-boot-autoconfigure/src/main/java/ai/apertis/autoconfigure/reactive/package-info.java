/**
 * Auto-configuration of the pass-through on Spring WebFlux.
 */
@NullMarked
package ai.apertis.autoconfigure.reactive;

import org.jspecify.annotations.NullMarked;
