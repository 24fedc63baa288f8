package ai.apertis.client.tools;

import ai.apertis.client.error.ApertisException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a turn requests tools in vain: a function failed, there is none of that
 * name, the turn was cut off, or there were too many turns. {@link #partialCompletion()}
 * holds the answer of the turn.
 */
public class ToolException extends ApertisException {

	/**
	 * Create an exception.
	 * @param message what went wrong, and what to do about it
	 * @param cause the failure of the function, {@code null} if none was called
	 */
	public ToolException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
