package ai.apertis.passthrough.ui;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.route.RequestReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a user says and shows.
 */
final class UserContent {

	private static final Map<String, String> SOUNDS = Map.of("audio/wav", "wav", "audio/x-wav", "wav", "audio/wave",
			"wav", "audio/mp3", "mp3", "audio/mpeg", "mp3");

	private static final int MAX_TYPE_LENGTH = 60;

	private UserContent() {
	}

	/**
	 * Return the message of parts. Those of unknown types are left out.
	 * @param isLast whether it is what the user says now: a file that cannot be sent is
	 * refused then. Of an earlier one, which would refuse the whole conversation, the
	 * model is told that there was one
	 * @return the message, {@code null} if nothing is left of it
	 * @throws RefusedException if there is a file that cannot be sent
	 */
	static @Nullable ObjectNode of(JsonNode parts, boolean isLast) {
		ArrayNode content = JsonNodeFactory.instance.arrayNode();
		for (JsonNode part : parts) {
			switch (part.path("type").asString("")) {
				case "text" -> content.add(text(part.path("text").asString("")));
				case "file" -> addFile(content, part, isLast);
				default -> {
					// such as the application's own data
				}
			}
		}
		if (content.isEmpty()) {
			return null;
		}
		ObjectNode message = UiMessages.message("user");
		boolean isText = content.size() == 1 && content.get(0).has("text");
		message.set("content", isText ? content.get(0).path("text") : content);
		return message;
	}

	private static ObjectNode text(String text) {
		return part("text").put("text", text);
	}

	private static ObjectNode part(String type) {
		return JsonNodeFactory.instance.objectNode().put("type", type);
	}

	private static void addFile(ArrayNode content, JsonNode file, boolean isLast) {
		try {
			content.add(file(file));
		}
		catch (RefusedException ex) {
			if (isLast) {
				throw ex;
			}
			content.add(text("[A file that cannot be sent]"));
		}
	}

	private static ObjectNode file(JsonNode file) {
		String url = file.path("url").asString("");
		String type = file.path("mediaType").asString("").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
		boolean isData = url.startsWith("data:");
		if (!isData && !url.startsWith("https://") && !url.startsWith("http://")) {
			throw RequestReader.invalid(UiMessages.MEMBER, "The URL of a file must begin with data:, https: or http:");
		}
		if (type.startsWith("image/")) {
			return part("image_url").set("image_url", url(url));
		}
		if (type.startsWith("video/")) {
			return part("video_url").set("video_url", url(url));
		}
		if (type.equals("application/pdf")) {
			return part("file").set("file",
					JsonNodeFactory.instance.objectNode()
						.put("filename", file.path("filename").asString("file.pdf"))
						.put("file_data", url));
		}
		String format = SOUNDS.get(type);
		if (format != null && isData) {
			return part("input_audio").set("input_audio",
					JsonNodeFactory.instance.objectNode()
						.put("data", url.substring(url.indexOf(',') + 1))
						.put("format", format));
		}
		if (type.startsWith("text/") && isData) {
			return text(decoded(url));
		}
		throw RequestReader.invalid(UiMessages.MEMBER, "A file of the type '"
				+ RequestReader.printable(type, MAX_TYPE_LENGTH) + "' cannot be sent to a language model");
	}

	private static ObjectNode url(String url) {
		return JsonNodeFactory.instance.objectNode().put("url", url);
	}

	private static String decoded(String url) {
		int comma = url.indexOf(',');
		if (comma < 0) {
			throw undecodable();
		}
		String data = url.substring(comma + 1);
		try {
			return url.substring(0, Math.max(0, comma)).endsWith(";base64")
					? new String(Base64.getMimeDecoder().decode(data), StandardCharsets.UTF_8)
					: URLDecoder.decode(data.replace("+", "%2B"), StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			throw undecodable();
		}
	}

	private static RefusedException undecodable() {
		return RequestReader.invalid(UiMessages.MEMBER, "A text file cannot be decoded");
	}

}
