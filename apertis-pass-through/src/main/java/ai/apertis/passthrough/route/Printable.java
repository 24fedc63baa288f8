package ai.apertis.passthrough.route;

/**
 * Text of a client, as it can be quoted in messages.
 */
public final class Printable {

	private Printable() {
	}

	/**
	 * Replace what cannot be printed, and cut what is too long.
	 * @param text the text
	 * @param maxLength the maximum number of characters to keep
	 * @return the text in printable ASCII
	 */
	public static String of(String text, int maxLength) {
		String printable = text.replaceAll("[^ -~]", "?");
		return printable.substring(0, Math.min(printable.length(), maxLength));
	}

}
