/**
 * Auto-configuration of the Apertis client.
 */
@NullMarked
package ai.apertis.autoconfigure;

import org.jspecify.annotations.NullMarked;
