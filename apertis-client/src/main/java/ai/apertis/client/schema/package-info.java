/**
 * JSON schemas of Java types, made by a library that is optional.
 */
@NullMarked
package ai.apertis.client.schema;

import org.jspecify.annotations.NullMarked;
