package ai.apertis.passthrough.limit;

import java.util.Locale;

/**
 * How the names of users are told apart by limits. Many providers of identity take a name
 * in each spelling, and hand it on as it was typed.
 */
public enum NameCase {

	/** As they are. */
	AS_IS {

		@Override
		String fold(String name) {
			return name;
		}

	},

	/** Whatever their case, and without blanks around them. */
	LOWER {

		@Override
		String fold(String name) {
			// some letters have a lower case only by their upper one
			return name.strip().toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
		}

	};

	/**
	 * Return what stands for all spellings of a name.
	 */
	abstract String fold(String name);

}
