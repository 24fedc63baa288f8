/**
 * The pass-through on Spring MVC.
 */
@NullMarked
package ai.apertis.passthrough.servlet;

import org.jspecify.annotations.NullMarked;
