package ai.apertis.passthrough.ui;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an answer that is complete. Made by the pass-through; applications
 * need it in their tests only.
 */
public interface UiAnswer {

	/**
	 * Return the id of the message on the page.
	 * @return the id
	 */
	String messageId();

	/**
	 * Return the id of the conversation.
	 * @return the id, which the page has made; empty if there is none
	 */
	String chatId();

	/**
	 * Return the user.
	 * @return the user, {@code null} for an anonymous one
	 */
	@Nullable String user();

	/**
	 * Return the model that answered.
	 * @return the provider's name for it, {@code null} if not told
	 */
	@Nullable String model();

	/**
	 * Return why the answer ended.
	 * @return the reason in the words of the AI SDK: {@code stop}, {@code length},
	 * {@code content-filter}, {@code tool-calls} or {@code other}
	 */
	String finishReason();

	/**
	 * Return what all calls of the model for this request have cost together.
	 * @return the usage, {@code null} if the gateway did not tell
	 */
	@Nullable Usage usage();

}
