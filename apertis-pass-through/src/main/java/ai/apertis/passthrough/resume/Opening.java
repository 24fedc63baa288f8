package ai.apertis.passthrough.resume;

import org.jspecify.annotations.Nullable;

/**
 * What comes of beginning a stream.
 *
 * @param isOwned whether the stream is the caller's now
 * @param lost the stream whose place it has taken and whose owner has gone, {@code null}
 * if there was none, or somebody has been told of it already
 */
public record Opening(boolean isOwned, @Nullable LostStream lost) {

	/** The stream is somebody else's. */
	public static final Opening REFUSED = new Opening(false, null);

	/** The stream is the caller's. */
	public static final Opening OWNED = new Opening(true, null);

}
