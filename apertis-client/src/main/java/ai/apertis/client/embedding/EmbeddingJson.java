package ai.apertis.client.embedding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.wire.WireJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes requests for embeddings and reads the responses, whose numbers come as such or
 * as little-endian floats in base64, whatever was asked for.
 */
public final class EmbeddingJson {

	private static final JsonMapper JSON = WireJson.mapper();

	private EmbeddingJson() {
	}

	/**
	 * Write a request.
	 * @param request the request, of one batch
	 * @return its JSON
	 */
	public static byte[] write(EmbeddingRequest request) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("model", request.model());
		members.put("input", request.inputs());
		members.put("encoding_format", "base64");
		members.putAll(request.parameters());
		return JSON.writeValueAsBytes(members);
	}

	/**
	 * Read a response.
	 * @param json its JSON
	 * @param count how many embeddings there must be
	 * @return the embeddings, in the order of their indices
	 * @throws MalformedResponseException if there are others, or none
	 */
	public static Embeddings read(byte[] json, int count) {
		JsonNode response = tree(json);
		float[][] vectors = new float[count][];
		int position = 0;
		for (JsonNode element : response.path("data")) {
			int index = element.path("index").asInt(position++);
			if (index < 0 || index >= count || vectors[index] != null) {
				throw malformed("an embedding with the index " + index + ", of " + count);
			}
			vectors[index] = vector(element.path("embedding"));
		}
		if (position != count) {
			throw malformed(position + " embeddings instead of " + count);
		}
		JsonNode usage = response.path("usage");
		return new Embeddings(response.path("model").asString(null), List.of(vectors),
				usage.isObject() ? Usage.of(usage) : null);
	}

	private static JsonNode tree(byte[] json) {
		try {
			return JSON.readTree(json);
		}
		catch (JacksonException ex) {
			throw malformed("no JSON");
		}
	}

	private static float[] vector(JsonNode embedding) {
		if (embedding.isString()) {
			return decoded(embedding.asString());
		}
		float[] vector = new float[embedding.size()];
		for (int i = 0; i < vector.length; i++) {
			vector[i] = embedding.path(i).floatValue();
		}
		return vector;
	}

	private static float[] decoded(String base64) {
		try {
			ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
			float[] vector = new float[bytes.remaining() / Float.BYTES];
			bytes.asFloatBuffer().get(vector);
			return vector;
		}
		catch (IllegalArgumentException ex) {
			throw malformed("an embedding that is no base64");
		}
	}

	private static MalformedResponseException malformed(String what) {
		return new MalformedResponseException("The gateway answered with " + what, null);
	}

}
