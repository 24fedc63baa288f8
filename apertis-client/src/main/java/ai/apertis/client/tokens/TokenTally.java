package ai.apertis.client.tokens;

/**
 * Counts the tokens of a text about as tokenizers do: by words, numbers, marks and
 * scripts. The weights are those of OpenAI's {@code o200k_base}, fitted over English,
 * German and Chinese texts, code and JSON, of which it counts each within a tenth, and
 * other models do not differ much from it. Takes a text in pieces of any size. Not safe
 * for use by several threads at a time.
 */
public final class TokenTally {

	private static final int SPACE = 0;

	private static final int LINE = 1;

	private static final int DIGIT = 2;

	private static final int LOWER = 3;

	private static final int UPPER = 4;

	private static final int ACCENTED = 5;

	private static final int MARK = 6;

	/** Chinese, Japanese and Korean. */
	private static final int IDEOGRAPH = 7;

	private static final int WIDE_MARK = 8;

	/** A letter of any other script. */
	private static final int LETTER = 9;

	private static final int SYMBOL = 10;

	private static final byte[] ASCII = ascii();

	/** Most words up to this length are one token. */
	private static final int SHORT_WORD = 6;

	/** What is longer is no word, but a hash, or something in base64. */
	private static final int MAX_WORD_LENGTH = 25;

	private static final int DIGITS_OF_A_TOKEN = 3;

	/** Of a language with accents, whose words tokenizers know less of. */
	private static final double ACCENTS = 0.004;

	private int words;

	private int longLetters;

	private int strayLetters;

	private int letters;

	private int accents;

	private int numbers;

	private int marks;

	private int furtherMarks;

	private int markedWords;

	private int lines;

	private int gaps;

	private int ideographs;

	private int wideMarks;

	private int otherLetters;

	private int symbols;

	// where the text is at

	private int previous = LINE;

	private int wordLength;

	private int digits;

	private boolean inGap;

	private static byte[] ascii() {
		byte[] kinds = new byte[128];
		for (int c = 0; c < kinds.length; c++) {
			kinds[c] = (byte) ((c == '\n' || c == '\r') ? LINE : (c <= ' ') ? SPACE : (c >= '0' && c <= '9') ? DIGIT
					: (c >= 'a' && c <= 'z') ? LOWER : (c >= 'A' && c <= 'Z') ? UPPER : MARK);
		}
		return kinds;
	}

	/**
	 * Add a piece of the text.
	 * @param text the piece
	 */
	public void add(String text) {
		for (int i = 0; i < text.length();) {
			int c = text.codePointAt(i);
			add(c);
			i += Character.charCount(c);
		}
	}

	/**
	 * Add a piece of the text that is the inside of a JSON string.
	 * @param json the bytes, in UTF-8
	 * @param start where the string begins, behind its quote
	 * @param end where it ends, at its quote
	 */
	public void addEscaped(byte[] json, int start, int end) {
		int i = start;
		while (i < end) {
			byte b = json[i];
			if (b == '\\' && i + 1 < end) {
				i = addEscape(json, i + 1, end);
			}
			else if (b >= 0) {
				addKind(ASCII[b]);
				i++;
			}
			else {
				int length = (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : 4;
				if (i + length > end) {
					return;
				}
				add(character(json, i, length));
				i += length;
			}
		}
	}

	/**
	 * Add a piece of the text that is a JSON string, up to its end.
	 * @param json the bytes, in UTF-8
	 * @param start where the string begins, behind its quote
	 * @param limit where it has ended at the latest
	 */
	public void addString(byte[] json, int start, int limit) {
		int end = start;
		while (end < limit && json[end] != '"') {
			end += (json[end] == '\\') ? 2 : 1;
		}
		addEscaped(json, start, Math.min(end, limit));
	}

	private int addEscape(byte[] json, int i, int end) {
		byte b = json[i];
		if (b != 'u') {
			add((b == 'n' || b == 'r') ? '\n' : (b == 't') ? '\t' : b);
			return i + 1;
		}
		int c = 0;
		for (int digit = i + 1; digit < Math.min(i + 5, end); digit++) {
			c = (c << 4) + Math.max(0, Character.digit(json[digit], 16));
		}
		// the first half of a pair stands for both
		if (!Character.isLowSurrogate((char) c)) {
			add(c);
		}
		return i + 5;
	}

	private static int character(byte[] bytes, int start, int length) {
		int c = bytes[start] & (0xFF >> (length + 1));
		for (int i = start + 1; i < start + length; i++) {
			c = (c << 6) | (bytes[i] & 0x3F);
		}
		return c;
	}

	private void add(int c) {
		addKind((c < 128) ? ASCII[c] : kind(c));
	}

	private static int kind(int c) {
		if (c >= 0xC0 && c < 0x250) {
			return ACCENTED;
		}
		if ((c >= 0x3000 && c < 0x3040) || (c >= 0xFF00 && c < 0xFFF0)) {
			return WIDE_MARK;
		}
		if ((c >= 0x2E80 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0) || (c >= 0xF900 && c < 0xFB00)
				|| (c >= 0x20000 && c < 0x40000)) {
			return IDEOGRAPH;
		}
		return Character.isLetter(c) ? LETTER : SYMBOL;
	}

	private void addKind(int kind) {
		boolean letter = kind == LOWER || kind == UPPER || kind == ACCENTED;
		if (letter) {
			addLetter(kind);
		}
		else {
			endWord();
			addOther(kind);
		}
		if (kind != SPACE) {
			this.inGap = false;
		}
		this.previous = kind;
	}

	private void addLetter(int kind) {
		if (this.wordLength == 0 || (kind == UPPER && this.previous == LOWER)) {
			endWord();
			this.words++;
			if (this.previous == MARK) {
				this.markedWords++;
			}
		}
		this.wordLength++;
		this.letters++;
		if (kind == ACCENTED) {
			this.accents++;
		}
	}

	private void endWord() {
		this.longLetters += longLetters();
		this.strayLetters += strayLetters();
		this.wordLength = 0;
	}

	private int longLetters() {
		return Math.max(0, Math.min(this.wordLength, MAX_WORD_LENGTH) - SHORT_WORD);
	}

	private int strayLetters() {
		return Math.max(0, this.wordLength - MAX_WORD_LENGTH);
	}

	private void addOther(int kind) {
		switch (kind) {
			case DIGIT -> {
				this.digits = (this.previous == DIGIT) ? this.digits + 1 : 0;
				if (this.digits % DIGITS_OF_A_TOKEN == 0) {
					this.numbers++;
				}
			}
			case MARK -> {
				if (this.previous == MARK) {
					this.furtherMarks++;
				}
				else {
					this.marks++;
				}
			}
			case LINE -> {
				// behind a mark it is a part of it
				if (this.previous != LINE && this.previous != MARK) {
					this.lines++;
				}
			}
			case SPACE -> {
				if (!this.inGap && (this.previous == SPACE || this.previous == LINE)) {
					this.gaps++;
					this.inGap = true;
				}
			}
			case IDEOGRAPH -> this.ideographs++;
			case WIDE_MARK -> this.wideMarks++;
			case LETTER -> this.otherLetters++;
			default -> this.symbols++;
		}
	}

	/**
	 * Return how many tokens the text has about.
	 * @return the number of tokens, 0 only if there is no text
	 */
	public long tokens() {
		boolean accented = this.accents > ACCENTS * this.letters;
		double tokens = (accented ? 0.98 : 0.935) * this.words
				+ (accented ? 0.25 : 0.03) * (this.longLetters + longLetters())
				+ 0.25 * (this.strayLetters + strayLetters()) + 1.39 * this.numbers + 1.16 * this.marks
				+ 0.18 * this.furtherMarks - 0.44 * this.markedWords + 1.6 * this.lines + 0.73 * this.gaps
				+ 0.66 * this.ideographs + 1.37 * this.wideMarks + 0.3 * this.otherLetters + 1.44 * this.symbols;
		return (tokens > 0) ? Math.max(1, Math.round(tokens)) : 0;
	}

}
