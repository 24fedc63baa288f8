package ai.apertis.client.protocol;

import java.util.HashMap;
import java.util.Map;

import ai.apertis.client.tokens.TokenTally;

/**
 * The choices of one answer: which have begun, and which have their finish reason.
 */
final class Choices {

	private final int requested;

	private final Map<Integer, Choice> byIndex = new HashMap<>();

	/** How many of them have a finish reason. */
	private int finished;

	Choices(int requested) {
		this.requested = requested;
	}

	/**
	 * Add a part of a choice.
	 * @param index the choice's index
	 * @param hasContent whether the part has anything of the answer in it
	 * @param hasReason whether it has a finish reason
	 * @return the choice
	 */
	Choice add(int index, boolean hasContent, boolean hasReason) {
		Choice choice = this.byIndex.computeIfAbsent(index, (number) -> new Choice());
		boolean before = choice.finished;
		choice.add(hasContent, hasReason);
		this.finished += (choice.finished == before) ? 0 : choice.finished ? 1 : -1;
		return choice;
	}

	/**
	 * Return whether every choice that was requested has a finish reason to be trusted.
	 */
	boolean areWhole() {
		return this.byIndex.size() >= this.requested && this.byIndex.values().stream().allMatch(Choice::isTrustworthy);
	}

	/**
	 * Return whether the finish reasons stand where they belong: behind the content, in
	 * chunks without any. Some providers give one with each chunk.
	 */
	boolean areAtEnd() {
		// called for each chunk
		return this.finished > 0 && areWhole() && this.byIndex.values().stream().allMatch((choice) -> choice.bare);
	}

	/**
	 * Return whether every choice that has begun has a finish reason.
	 */
	boolean areFinished() {
		return this.byIndex.values().stream().allMatch(Choice::isFinished);
	}

	/**
	 * Return whether any choice has content or a finish reason.
	 */
	boolean haveSubstance() {
		return this.byIndex.values().stream().anyMatch((choice) -> choice.content || choice.finished);
	}

	/**
	 * Return about how many tokens the choices' texts have.
	 */
	long tokens() {
		long tokens = 0;
		for (Choice choice : this.byIndex.values()) {
			tokens += choice.tally.tokens();
		}
		return tokens;
	}

	/**
	 * One choice. A finish reason counts until content follows.
	 */
	static final class Choice {

		private final TokenTally tally = new TokenTally();

		/** Whether anything of the choice has come. */
		private boolean content;

		private boolean finished;

		/** Whether the finish reason came behind the content, in a chunk without any. */
		private boolean bare;

		/** How many finish reasons were followed by content. */
		private int refuted;

		private void add(boolean hasContent, boolean hasReason) {
			if (hasContent && this.finished) {
				this.refuted++;
				this.finished = false;
			}
			if (hasReason) {
				this.bare = !hasContent && this.content;
				this.finished = true;
			}
			this.content |= hasContent;
		}

		TokenTally tally() {
			return this.tally;
		}

		boolean isFinished() {
			return this.finished;
		}

		/**
		 * A provider that gives a reason with each chunk may be cut behind any of them.
		 */
		private boolean isTrustworthy() {
			return this.finished && (this.refuted == 0 || (this.refuted == 1 && this.bare));
		}

	}

}
