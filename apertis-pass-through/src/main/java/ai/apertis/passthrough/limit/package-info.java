/**
 * Who may use the pass-through, how much, and what requests take in memory.
 */
@NullMarked
package ai.apertis.passthrough.limit;

import org.jspecify.annotations.NullMarked;
