/**
 * Rankings of documents.
 */
@NullMarked
package ai.apertis.client.rerank;

import org.jspecify.annotations.NullMarked;
