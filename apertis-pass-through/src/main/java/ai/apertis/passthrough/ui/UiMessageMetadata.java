package ai.apertis.passthrough.ui;

import java.util.Map;

/**
 * Gives the metadata of an answer, which a page finds in the {@code metadata} of the
 * message. A bean of this type replaces the default.
 */
@FunctionalInterface
public interface UiMessageMetadata {

	/**
	 * Return the metadata of an answer that is complete. Must not block: it is called by
	 * the thread that reads the stream.
	 * @param answer the answer
	 * @return what to send, anything that can be written as JSON; empty for nothing
	 */
	Map<String, ?> of(UiAnswer answer);

}
