package ai.apertis.client.tools;

import java.util.Collection;

/**
 * Thrown when a model calls a tool that the loop does not have.
 */
public class UnknownToolException extends IllegalArgumentException {

	private static final int MAX_NAME_LENGTH = 64;

	private final String tool;

	/**
	 * Create an exception.
	 * @param tool the name that the model has called
	 * @param known the names of the tools that there are
	 */
	public UnknownToolException(String tool, Collection<String> known) {
		super("The model has called the unknown tool '" + shown(tool) + "'; there is "
				+ (known.isEmpty() ? "none" : String.join(", ", known)));
		this.tool = tool;
	}

	/**
	 * The name is the model's own, and may be anything.
	 */
	private static String shown(String name) {
		String printable = name.replaceAll("\\p{Cntrl}", " ");
		return (printable.length() > MAX_NAME_LENGTH) ? printable.substring(0, MAX_NAME_LENGTH) + "…" : printable;
	}

	/**
	 * Return the name that the model has called.
	 * @return the name
	 */
	public String tool() {
		return this.tool;
	}

}
