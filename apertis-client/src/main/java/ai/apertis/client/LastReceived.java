package ai.apertis.client;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.error.ApertisException;
import org.jspecify.annotations.Nullable;

/**
 * What was received last by any of a call's attempts, so that it is not lost if a later
 * attempt gets nothing at all.
 */
final class LastReceived {

	private @Nullable ChatCompletion completion;

	/**
	 * Keep what the failed attempt has received; if that is nothing, let its failure tell
	 * of what an earlier one has.
	 */
	void keep(ApertisException failure) {
		if (failure.partialCompletion().isPresent()) {
			this.completion = failure.partialCompletion().get();
		}
		else if (this.completion != null) {
			failure.keepPartialCompletion(this.completion);
		}
	}

}
