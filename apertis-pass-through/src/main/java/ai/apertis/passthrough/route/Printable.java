package ai.apertis.passthrough.route;

/**
 * What a client has written, as it can be quoted to it.
 */
public final class Printable {

	private Printable() {
	}

	/**
	 * Replace what cannot be printed, and cut what is too long.
	 * @param text the text
	 * @param maxLength the most characters to keep
	 * @return the text in printable ASCII
	 */
	public static String of(String text, int maxLength) {
		String printable = text.replaceAll("[^ -~]", "?");
		return printable.substring(0, Math.min(printable.length(), maxLength));
	}

}
