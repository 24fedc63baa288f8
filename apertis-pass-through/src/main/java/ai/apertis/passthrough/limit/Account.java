package ai.apertis.passthrough.limit;

import java.time.Duration;

import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.LimitUse;

/**
 * What has been spent and reserved of one budget. Used under the lock of its
 * {@link Accounts}.
 */
final class Account {

	private final String user;

	private Budget budget;

	private long spent;

	private long reserved;

	/** When the period ends, 0 if none has begun. */
	private long end;

	Account(String user, Budget budget) {
		this.user = user;
		this.budget = budget;
	}

	/**
	 * Look at it, with the limit of now.
	 */
	Account at(Budget budget, long now) {
		this.budget = budget;
		if (this.end <= now) {
			this.end = 0;
			this.spent = 0;
		}
		return this;
	}

	/**
	 * Return how many tokens can be reserved behind the prompt.
	 */
	long room(long prompt, long perToken) {
		long left = this.budget.limit() - this.spent - this.reserved - prompt;
		return (perToken == 0) ? ((left >= 0) ? Long.MAX_VALUE : 0) : Math.max(0, left / perToken);
	}

	/**
	 * Return whether there would be room, but for what is reserved.
	 */
	boolean isReserved(long amount) {
		return this.budget.limit() - this.spent >= amount;
	}

	void reserve(long amount, long now) {
		begin(now);
		this.reserved += amount;
	}

	void release(long amount) {
		this.reserved -= amount;
	}

	/**
	 * Spend, or take back what was counted too much.
	 */
	void spend(long amount, long now) {
		begin(now);
		// what is taken back may have been spent in the period before
		this.spent = Math.max(0, this.spent + amount);
	}

	private void begin(long now) {
		if (this.end == 0) {
			this.end = now + this.budget.period().toNanos();
		}
	}

	/**
	 * Return whether nothing would be lost with it.
	 */
	boolean isIdle(long now) {
		return this.reserved == 0 && this.end <= now;
	}

	Budget budget() {
		return this.budget;
	}

	Duration reset(long now) {
		return Duration.ofNanos((this.end > now) ? this.end - now : 0);
	}

	LimitUse use(long now) {
		return new LimitUse(this.user, this.budget.unit().value(), this.spent, this.reserved, this.budget.limit(),
				this.budget.period(), reset(now));
	}

}
