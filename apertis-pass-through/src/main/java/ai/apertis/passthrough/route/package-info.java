/**
 * The endpoints of the pass-through: which requests they take, and how these are read.
 */
@NullMarked
package ai.apertis.passthrough.route;

import org.jspecify.annotations.NullMarked;
