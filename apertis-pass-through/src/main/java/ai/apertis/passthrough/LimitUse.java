package ai.apertis.passthrough;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How much of a limit a user has used.
 *
 * @param user the user's name, or what stands for it; {@code application} for all
 * @param limit the limit: {@code streams}, {@code requests}, {@code tokens} or
 * {@code cost}, which is in billionths of the currency
 * @param used what is used of it now, more than {@code max} if it was overdrawn
 * @param reserved what calls under way have reserved besides
 * @param max what it allows
 * @param period the period of a budget, {@code null} for other limits
 * @param reset when it is refilled, from when it was looked at; {@code null} if it has no
 * period
 */
public record LimitUse(String user, String limit, long used, long reserved, long max, @Nullable Duration period,
		@Nullable Duration reset) {

	/** Whose use it is that counts for all users. */
	public static final String APPLICATION = "application";

	/** Of a limit as much as this is used by those who are near it, in percent. */
	private static final int NEAR = 80;

	/**
	 * Create a use of a limit that has no period.
	 * @param user the user's name, or what stands for it
	 * @param limit the limit
	 * @param used what is used of it now
	 * @param max what it allows
	 */
	public LimitUse(String user, String limit, long used, long max) {
		this(user, limit, used, 0, max, null, null);
	}

	/**
	 * Return whether it is what all users have used together.
	 * @return whether it belongs to the application
	 */
	public boolean isOfApplication() {
		return this.user.equals(APPLICATION);
	}

	/**
	 * Return how much can still be had.
	 * @return what is neither used nor reserved, 0 if there is nothing left
	 */
	public long left() {
		return Math.max(0, this.max - this.used - this.reserved);
	}

	/**
	 * Return whether less than a fifth is left.
	 * @return whether the user is near the limit, or at it
	 */
	public boolean isNear() {
		return percent() >= NEAR;
	}

	/**
	 * Return how much is used.
	 * @return the part in percent
	 */
	public double percent() {
		return 100.0 * this.used / this.max;
	}

}
