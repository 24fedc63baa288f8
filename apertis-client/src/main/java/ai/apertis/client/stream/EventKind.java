package ai.apertis.client.stream;

/**
 * What an event means for its stream.
 */
public enum EventKind {

	/** A part of the answer, or something unknown that may be one. */
	CHUNK,

	/** The usage of the stream and nothing else. */
	USAGE,

	/** The done marker: the last event of the stream. */
	DONE,

	/** An error. It may have a part of the answer in it. */
	ERROR,

	/** A sign of life. */
	NOTHING

}
