package ai.apertis.passthrough.ui;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an answer when it is complete.
 *
 * @param messageId the id of the message on the page
 * @param chatId the id of the conversation, which the page has made; empty if there is
 * none
 * @param user the user, {@code null} for an anonymous one
 * @param model the provider's name for the model that answered, {@code null} if not told
 * @param finishReason why the answer ended, in the words of the AI SDK: {@code stop},
 * {@code length}, {@code content-filter}, {@code tool-calls} or {@code other}
 * @param usage what all calls of the answer have cost together, {@code null} if the
 * gateway did not tell
 */
public record UiAnswer(String messageId, String chatId, @Nullable String user, @Nullable String model,
		String finishReason, @Nullable Usage usage) {
}
