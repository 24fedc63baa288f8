package ai.apertis.autoconfigure.observation;

/**
 * Changes prompts and completions before they are kept for whoever watches. Define a bean
 * of this type to take out what must not be seen.
 */
@FunctionalInterface
public interface ContentRedaction {

	/**
	 * Change a text.
	 * @param text the text
	 * @return what may be seen of it
	 */
	String redact(String text);

}
