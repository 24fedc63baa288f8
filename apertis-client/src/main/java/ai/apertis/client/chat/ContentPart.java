package ai.apertis.client.chat;

import java.util.Base64;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Part of a message's content. Content of several kinds is a list of parts.
 *
 * @param type the part's type on the wire
 * @param members all further members, by name
 */
public record ContentPart(@JsonProperty("type") String type, @JsonAnyGetter Map<String, Object> members) {

	public ContentPart {
		members = Map.copyOf(members);
	}

	/**
	 * Say something.
	 * @param text the text
	 * @return the part
	 */
	public static ContentPart text(String text) {
		return new ContentPart("text", Map.of("text", text));
	}

	/**
	 * Show an image.
	 * @param url where it is, or a {@code data:} URL
	 * @return the part
	 */
	public static ContentPart image(String url) {
		return new ContentPart("image_url", Map.of("image_url", Map.of("url", url)));
	}

	/**
	 * Show an image.
	 * @param image its bytes
	 * @param mediaType its media type, such as {@code image/png}
	 * @return the part
	 */
	public static ContentPart image(byte[] image, String mediaType) {
		return image("data:" + mediaType + ";base64," + base64(image));
	}

	/**
	 * Play a sound.
	 * @param audio its bytes
	 * @param format its format, such as {@code wav} or {@code mp3}
	 * @return the part
	 */
	public static ContentPart audio(byte[] audio, String format) {
		return new ContentPart("input_audio", Map.of("input_audio", Map.of("data", base64(audio), "format", format)));
	}

	/**
	 * Show a video.
	 * @param url where it is
	 * @return the part
	 */
	public static ContentPart video(String url) {
		return new ContentPart("video_url", Map.of("video_url", Map.of("url", url)));
	}

	/**
	 * Hand over a file.
	 * @param file its bytes
	 * @param mediaType its media type, such as {@code application/pdf}
	 * @param name its name
	 * @return the part
	 */
	public static ContentPart file(byte[] file, String mediaType, String name) {
		return new ContentPart("file",
				Map.of("file", Map.of("filename", name, "file_data", "data:" + mediaType + ";base64," + base64(file))));
	}

	private static String base64(byte[] bytes) {
		return Base64.getEncoder().encodeToString(bytes);
	}

	/**
	 * Return the type, not the content.
	 */
	@Override
	public String toString() {
		return "ContentPart[type=" + this.type + "]";
	}

}
