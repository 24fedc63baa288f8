package ai.apertis.benchmarks.tally;

import java.util.ArrayList;
import java.util.List;

/**
 * A text whose tokens are known.
 */
final class Prose {

	/** 53 tokens of {@code o200k_base}, also behind a blank. */
	static final String PARAGRAPH = "The harbour was quiet when the first boats came home. Nets hung over the rails,"
			+ " and the men spoke little, because the night had been long and the catch was small. On the quay, a girl"
			+ " counted the boxes twice and wrote the number into her notebook.";

	static final int TOKENS = 53;

	private Prose() {
	}

	static String text(int paragraphs) {
		return PARAGRAPH + (" " + PARAGRAPH).repeat(paragraphs - 1);
	}

	/**
	 * Cut paragraphs into pieces.
	 * @param paragraphs how many there are
	 * @param words how many words each piece has
	 */
	static String[] pieces(int paragraphs, int words) {
		String[] all = text(paragraphs).split("(?= )");
		List<String> pieces = new ArrayList<>();
		for (int i = 0; i < all.length; i += words) {
			pieces.add(String.join("", List.of(all).subList(i, Math.min(all.length, i + words))));
		}
		return pieces.toArray(String[]::new);
	}

}
