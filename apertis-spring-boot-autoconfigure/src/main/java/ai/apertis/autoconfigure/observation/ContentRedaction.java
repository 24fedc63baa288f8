package ai.apertis.autoconfigure.observation;

/**
 * Callback that redacts prompts and completions before they are recorded. Define a bean
 * of this type to remove what must not be seen.
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
