package ai.apertis.client.chat;

import java.io.ByteArrayOutputStream;

import org.jspecify.annotations.Nullable;

/**
 * Accumulates spoken content from its pieces.
 */
final class AudioAccumulator {

	private final ByteArrayOutputStream data = new ByteArrayOutputStream(0);

	private final StringBuilder transcript = new StringBuilder();

	private @Nullable String id;

	private long expiresAt;

	private boolean empty = true;

	void add(@Nullable Audio piece) {
		if (piece == null) {
			return;
		}
		this.empty = false;
		this.data.writeBytes(piece.data());
		this.transcript.append(piece.transcript());
		if (this.id == null) {
			this.id = piece.id();
		}
		if (piece.expiresAt() != 0) {
			this.expiresAt = piece.expiresAt();
		}
	}

	@Nullable Audio audio() {
		return this.empty ? null
				: new Audio(this.id, this.data.toByteArray(), this.transcript.toString(), this.expiresAt);
	}

}
