package ai.apertis.client.error;

import java.util.Optional;
import java.util.function.Function;

import ai.apertis.client.chat.ChatCompletion;
import org.jspecify.annotations.Nullable;

/**
 * Base class for failures of calls to the gateway. No message of any subclass contains
 * the API key. What the gateway says about an error is part of the message, up to 500
 * characters of it, and is the only part that may quote a prompt.
 */
public class ApertisException extends RuntimeException {

	private transient @Nullable ChatCompletion partialCompletion;

	private transient @Nullable Function<Setting, String> settingNames;

	/**
	 * Create an exception.
	 * @param message what went wrong, and what to do about it, with the placeholder of
	 * each {@link Setting} that it names
	 */
	public ApertisException(String message) {
		this(message, null);
	}

	/**
	 * Create an exception with a cause.
	 * @param message what went wrong, and what to do about it
	 * @param cause the cause, {@code null} if there is none
	 */
	public ApertisException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

	/**
	 * Name the settings in the message as the application configures them.
	 * @param names gives the name of each setting
	 */
	public void nameSettings(Function<Setting, String> names) {
		this.settingNames = names;
	}

	@Override
	public @Nullable String getMessage() {
		String message = super.getMessage();
		return (message != null) ? named(message) : null;
	}

	/**
	 * Name the settings in a text.
	 * @param text the text, with placeholders
	 * @return the text with the names
	 */
	protected final String named(String text) {
		// a deserialized exception has lost its names
		return Setting.named(text, (this.settingNames != null) ? this.settingNames : Setting::builderName);
	}

	/**
	 * Return what had been received of the answer when the stream ended.
	 * @return the partial completion, empty if no chunk was received
	 */
	public Optional<ChatCompletion> partialCompletion() {
		return Optional.ofNullable(this.partialCompletion);
	}

	/**
	 * Keep what had been received of the answer when the stream ended.
	 * @param partialCompletion the partial completion
	 */
	public void keepPartialCompletion(ChatCompletion partialCompletion) {
		this.partialCompletion = partialCompletion;
	}

}
