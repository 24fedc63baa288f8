package ai.apertis.client.rerank;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes requests to rank documents and reads the responses.
 */
public final class RerankJson {

	private static final JsonMapper JSON = WireJson.mapper();

	private RerankJson() {
	}

	/**
	 * Write a request.
	 * @param request the request
	 * @return its JSON
	 */
	public static byte[] write(RerankRequest request) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("model", request.model());
		members.put("query", request.query());
		members.put("documents", request.documents());
		members.putAll(request.parameters());
		return JSON.writeValueAsBytes(members);
	}

	/**
	 * Read a response.
	 * @param json its JSON
	 * @param count how many documents were sent
	 * @return the ranking
	 * @throws MalformedResponseException if it is none
	 */
	public static Ranking read(byte[] json, int count) {
		JsonNode response = tree(json);
		List<Ranking.Result> results = new ArrayList<>();
		for (JsonNode result : response.path("results")) {
			int index = result.path("index").asInt(-1);
			if (index < 0 || index >= count) {
				throw malformed("a document with the index " + index + ", of " + count, null);
			}
			results.add(new Ranking.Result(index, result.path("relevance_score").asDouble(0)));
		}
		if (!response.path("results").isArray()) {
			throw malformed("no results", null);
		}
		JsonNode usage = response.path("usage");
		return new Ranking(results, usage.isObject() ? Usage.of(usage) : null, response);
	}

	private static JsonNode tree(byte[] json) {
		try {
			return JSON.readTree(json);
		}
		catch (JacksonException ex) {
			throw malformed("no JSON", ex);
		}
	}

	private static MalformedResponseException malformed(String what, @Nullable Throwable cause) {
		return new MalformedResponseException("The gateway answered with " + what, cause);
	}

}
