/**
 * Contracts of what an application can replace, to be extended by the tests of its own.
 */
@NullMarked
package ai.apertis.passthrough.test;

import org.jspecify.annotations.NullMarked;
