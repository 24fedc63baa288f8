package ai.apertis.test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Vectors of texts, the same for the same text, and rankings by the words in common.
 */
final class Vectors {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final int USUAL_DIMENSIONS = 8;

	private Vectors() {
	}

	static String embeddings(JsonNode request) {
		List<JsonNode> texts = texts(request.path("input"));
		boolean base64 = request.path("encoding_format").asString("").equals("base64");
		int dimensions = request.path("dimensions").asInt(USUAL_DIMENSIONS);
		List<Map<String, Object>> data = new ArrayList<>();
		for (JsonNode text : texts) {
			float[] vector = vector(text.toString(), dimensions);
			Map<String, Object> embedding = new LinkedHashMap<>();
			embedding.put("object", "embedding");
			embedding.put("index", data.size());
			embedding.put("embedding", base64 ? encoded(vector) : vector);
			data.add(embedding);
		}
		long tokens = texts.stream().mapToLong((text) -> words(text.asString("")).size()).sum();
		return JSON.writeValueAsString(Map.of("object", "list", "model", request.path("model").asString(""), "data",
				data, "usage", Map.of("prompt_tokens", tokens, "total_tokens", tokens)));
	}

	private static List<JsonNode> texts(JsonNode input) {
		return input.isArray() ? input.valueStream().toList() : List.of(input);
	}

	private static float[] vector(String text, int dimensions) {
		Random random = new Random(text.hashCode());
		float[] vector = new float[dimensions];
		double length = 0;
		for (int i = 0; i < dimensions; i++) {
			vector[i] = (float) random.nextGaussian();
			length += vector[i] * vector[i];
		}
		for (int i = 0; i < dimensions; i++) {
			vector[i] /= (float) Math.sqrt(length);
		}
		return vector;
	}

	private static String encoded(float[] vector) {
		ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
		bytes.asFloatBuffer().put(vector);
		return Base64.getEncoder().encodeToString(bytes.array());
	}

	static String ranking(JsonNode request) {
		List<String> query = words(request.path("query").asString(""));
		List<Ranked> results = new ArrayList<>();
		for (JsonNode document : request.path("documents")) {
			long common = words(document.asString("")).stream().filter(query::contains).count();
			results.add(new Ranked(results.size(), Math.min(1.0, common / (double) Math.max(1, query.size()))));
		}
		results.sort(Comparator.comparingDouble((result) -> -result.score()));
		int most = request.path("top_n").asInt(results.size());
		return JSON.writeValueAsString(Map.of("results",
				results.subList(0, Math.max(0, Math.min(most, results.size())))
					.stream()
					.map((result) -> Map.of("index", result.index(), "relevance_score", result.score()))
					.toList()));
	}

	private static List<String> words(String text) {
		return List.of(text.toLowerCase(Locale.ROOT).split("\\W+"));
	}

	/**
	 * A document as it is ranked.
	 */
	private record Ranked(int index, double score) {
	}

}
