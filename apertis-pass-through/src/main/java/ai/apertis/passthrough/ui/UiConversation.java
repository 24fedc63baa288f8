package ai.apertis.passthrough.ui;

import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Conversation with a page whose latest answer has ended. Made by the pass-through;
 * applications need it in their tests only.
 */
public interface UiConversation {

	/**
	 * Return the id of the conversation. It is made by the page, so that it may be that
	 * of somebody else: check whose it is.
	 * @return the id, empty if there is none
	 */
	String chatId();

	/**
	 * Return the user.
	 * @return the user, {@code null} for an anonymous one
	 */
	@Nullable String user();

	/**
	 * Return the messages before the answer.
	 * @return the messages as the page has sent them
	 */
	List<JsonNode> messages();

	/**
	 * Return the answer.
	 * @return a message of the page with all parts that have come. If the page's last
	 * message has the same id, the parts go on with its own
	 */
	ObjectNode answer();

	/**
	 * Return how the answer ended.
	 * @return the outcome: {@link Outcome#CANCELLED} if the page went away, or the stream
	 * was stopped
	 */
	Outcome outcome();

	/**
	 * Return the model that answered.
	 * @return the provider's name for it, {@code null} if not told
	 */
	@Nullable String model();

	/**
	 * Return what the calls of the model that have completed have cost together.
	 * @return the usage, {@code null} if the gateway did not tell
	 */
	@Nullable Usage usage();

	/**
	 * Return the messages as they are on the page now: with the answer, or, if it goes on
	 * with the last message, with its parts behind those of that one. An answer of which
	 * nothing has come is no message.
	 * @return the messages to save
	 */
	List<JsonNode> messagesWithAnswer();

}
