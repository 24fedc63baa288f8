package ai.apertis.passthrough.ui;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is complete.
 */
record CompletedAnswer(String messageId, String chatId, @Nullable String user, @Nullable String model,
		String finishReason, @Nullable Usage usage) implements UiAnswer {
}
