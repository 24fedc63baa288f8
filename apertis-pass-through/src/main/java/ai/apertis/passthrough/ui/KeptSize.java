package ai.apertis.passthrough.ui;

/**
 * How much is kept of an answer, which is no more than any model writes. Used by one
 * thread at a time.
 */
final class KeptSize {

	/** Two hundred thousand tokens. */
	private static final int MAX_CHARACTERS = 1024 * 1024;

	/** Of images, which are written as text. */
	private static final int MAX_IMAGE_CHARACTERS = 16 * MAX_CHARACTERS;

	/** About what an object takes, however short its text is. */
	private static final int OBJECT = 64;

	private final boolean all;

	private long characters;

	private long imageCharacters;

	/**
	 * Begin to count.
	 * @param all whether texts and images are kept too; calls and sources always are
	 */
	KeptSize(boolean all) {
		this.all = all;
	}

	/**
	 * Count a piece of text.
	 */
	void text(String text) {
		if (this.all) {
			add(text.length());
		}
	}

	/**
	 * Count a call.
	 */
	void call() {
		add(OBJECT);
	}

	/**
	 * Count a piece of a call's arguments.
	 */
	void arguments(String arguments) {
		add(arguments.length());
	}

	/**
	 * Count a source.
	 */
	void source(String url) {
		add(OBJECT + url.length());
	}

	/**
	 * Count an image.
	 */
	void image(String url) {
		if (this.all) {
			this.imageCharacters += OBJECT + url.length();
			require(this.imageCharacters, MAX_IMAGE_CHARACTERS);
		}
	}

	private void add(int more) {
		this.characters += more;
		require(this.characters, MAX_CHARACTERS);
	}

	private static void require(long size, int max) {
		if (size > max) {
			throw new IllegalStateException("The answer has more than " + max + " characters to keep");
		}
	}

}
