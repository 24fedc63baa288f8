/**
 * The UI message stream of the AI SDK, for React's {@code useChat} and its kin: requests
 * of pages, the parts of an answer as they come, and tools that run meanwhile.
 */
@NullMarked
package ai.apertis.passthrough.ui;

import org.jspecify.annotations.NullMarked;
