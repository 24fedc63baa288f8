/**
 * Auto-configuration of the pass-through on both web stacks.
 */
@NullMarked
package ai.apertis.autoconfigure.passthrough;

import org.jspecify.annotations.NullMarked;
