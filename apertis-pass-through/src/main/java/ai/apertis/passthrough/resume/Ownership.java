package ai.apertis.passthrough.resume;

/**
 * What an owner learns when it adds to its stream.
 */
public enum Ownership {

	/** The stream is its own. */
	OWNED,

	/** The stream is its own, and somebody wants it to end. */
	STOP,

	/** The stream belongs to another one, has been ended, or is gone. */
	FENCED

}
