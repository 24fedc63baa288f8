package ai.apertis.client.chat;

import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Spoken content, or a piece of it.
 *
 * @param id the id by which a later turn can refer to it, {@code null} if absent
 * @param data the sound, in the format that was asked for; empty if absent. Not copied:
 * to be left as it is
 * @param transcript what is said, empty if absent
 * @param expiresAt until when the id can be used, in seconds since the epoch, 0 if absent
 */
public record Audio(@Nullable String id, byte[] data, String transcript, long expiresAt) {

	static Audio of(JsonNode json) {
		String id = json.path("id").asString("");
		return new Audio(id.isEmpty() ? null : id, decode(json.path("data").asString("")),
				json.path("transcript").asString(""), json.path("expires_at").asLong(0));
	}

	private static byte[] decode(String base64) {
		try {
			return Base64.getDecoder().decode(base64);
		}
		catch (IllegalArgumentException ex) {
			// a sound that cannot be heard is no reason to lose the text
			return new byte[0];
		}
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Audio audio && Objects.equals(this.id, audio.id) && Arrays.equals(this.data, audio.data)
				&& this.transcript.equals(audio.transcript) && this.expiresAt == audio.expiresAt;
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.id, Arrays.hashCode(this.data), this.transcript, this.expiresAt);
	}

	/**
	 * Return the size, not the content.
	 */
	@Override
	public String toString() {
		return "Audio[id=" + this.id + ", data=" + this.data.length + " bytes]";
	}

}
