/**
 * Auto-configuration of the pass-through on Spring MVC.
 */
@NullMarked
package ai.apertis.autoconfigure.servlet;

import org.jspecify.annotations.NullMarked;
