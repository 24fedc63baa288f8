package ai.apertis.passthrough;

/**
 * How much of a limit a user has used.
 *
 * @param user the user's name, or what stands for it
 * @param limit the limit: {@code streams}, {@code requests} or {@code tokens}
 * @param used what is used of it now, more than {@code max} if it was overdrawn
 * @param max what it allows
 */
public record LimitUse(String user, String limit, long used, long max) {

	/**
	 * Return whether less than a fifth is left.
	 * @return whether the user is near the limit, or at it
	 */
	public boolean isNear() {
		return this.used >= this.max * 0.8;
	}

}
