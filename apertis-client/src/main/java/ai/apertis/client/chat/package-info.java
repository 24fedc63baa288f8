/**
 * The wire model of chat completions: requests, chunks, completions and usage.
 */
@NullMarked
package ai.apertis.client.chat;

import org.jspecify.annotations.NullMarked;
