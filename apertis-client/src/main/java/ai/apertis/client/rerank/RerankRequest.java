package ai.apertis.client.rerank;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.util.Assert;

/**
 * Request to rank documents by what they have to do with a query. Immutable.
 *
 * @param model the model's id
 * @param query the query
 * @param documents the documents
 * @param parameters further parameters by their names on the wire, such as {@code top_n}
 */
public record RerankRequest(String model, String query, List<String> documents, Map<String, Object> parameters) {

	public RerankRequest {
		Assert.hasText(model, "The request must name a model that ranks documents");
		Assert.notEmpty(documents, "There must be a document");
		documents = List.copyOf(documents);
		parameters = Map.copyOf(parameters);
	}

	/**
	 * Create a request.
	 * @param model the model's id
	 * @param query the query
	 * @param documents the documents
	 * @return the request
	 */
	public static RerankRequest of(String model, String query, List<String> documents) {
		return new RerankRequest(model, query, documents, Map.of());
	}

	/**
	 * Ask for the best only.
	 * @param count how many
	 * @return the request
	 */
	public RerankRequest topN(int count) {
		return with("top_n", count);
	}

	/**
	 * Set a parameter.
	 * @param name its name on the wire
	 * @param value its value
	 * @return the request
	 */
	public RerankRequest with(String name, Object value) {
		Map<String, Object> all = new LinkedHashMap<>(this.parameters);
		all.put(name, value);
		return new RerankRequest(this.model, this.query, this.documents, all);
	}

	/**
	 * Return the model and the number of documents, not what they say.
	 */
	@Override
	public String toString() {
		return "RerankRequest[model=" + this.model + ", documents=" + this.documents.size() + "]";
	}

}
