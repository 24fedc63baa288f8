package ai.apertis.client.rerank;

import java.util.List;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Documents as a model has ranked them.
 *
 * @param results the documents, the best first
 * @param usage the tokens, {@code null} if the gateway did not tell
 * @param json the whole response, with whatever else the provider tells
 */
public record Ranking(List<Result> results, @Nullable Usage usage, JsonNode json) {

	public Ranking {
		results = List.copyOf(results);
	}

	/**
	 * Return how many documents there are.
	 */
	@Override
	public String toString() {
		return "Ranking[results=" + this.results.size() + "]";
	}

	/**
	 * One document.
	 *
	 * @param index its index in the request
	 * @param relevanceScore how much it has to do with the query
	 */
	public record Result(int index, double relevanceScore) {
	}

}
