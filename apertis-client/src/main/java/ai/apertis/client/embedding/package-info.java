/**
 * Embeddings of texts.
 */
@NullMarked
package ai.apertis.client.embedding;

import org.jspecify.annotations.NullMarked;
