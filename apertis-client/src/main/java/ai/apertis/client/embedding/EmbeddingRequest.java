package ai.apertis.client.embedding;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.util.Assert;

/**
 * Request for the embeddings of texts. Immutable.
 *
 * @param model the model's id
 * @param inputs the texts
 * @param parameters further parameters by their names on the wire, such as
 * {@code dimensions}
 * @param batchSize how many texts are sent in a request; more make several requests
 */
public record EmbeddingRequest(String model, List<String> inputs, Map<String, Object> parameters, int batchSize) {

	/** As many as OpenAI takes. */
	private static final int USUAL_BATCH = 2_048;

	public EmbeddingRequest {
		Assert.hasText(model, "The request must name a model for embeddings");
		Assert.notEmpty(inputs, "There must be a text");
		Assert.isTrue(batchSize > 0, "A batch must have a text at least");
		inputs = List.copyOf(inputs);
		parameters = Map.copyOf(parameters);
	}

	/**
	 * Create a request.
	 * @param model the model's id
	 * @param inputs the texts
	 * @return the request
	 */
	public static EmbeddingRequest of(String model, List<String> inputs) {
		return new EmbeddingRequest(model, inputs, Map.of(), USUAL_BATCH);
	}

	/**
	 * Ask for vectors of a length.
	 * @param dimensions how many numbers each has
	 * @return the request
	 */
	public EmbeddingRequest dimensions(int dimensions) {
		return with("dimensions", dimensions);
	}

	/**
	 * Set a parameter.
	 * @param name its name on the wire. {@code encoding_format} says whether numbers come
	 * as {@code float} or, unless set, as {@code base64}, which is a quarter of their
	 * size
	 * @param value its value
	 * @return the request
	 */
	public EmbeddingRequest with(String name, Object value) {
		Map<String, Object> all = new LinkedHashMap<>(this.parameters);
		all.put(name, value);
		return new EmbeddingRequest(this.model, this.inputs, all, this.batchSize);
	}

	/**
	 * Set how many texts are sent in a request.
	 * @param size the number of texts
	 * @return the request
	 */
	public EmbeddingRequest batchSize(int size) {
		return new EmbeddingRequest(this.model, this.inputs, this.parameters, size);
	}

	/**
	 * Cut it into requests of one batch each.
	 * @return the requests, in the order of the texts
	 */
	public List<EmbeddingRequest> batches() {
		List<EmbeddingRequest> batches = new ArrayList<>();
		for (int start = 0; start < this.inputs.size(); start += this.batchSize) {
			int end = Math.min(this.inputs.size(), start + this.batchSize);
			batches.add(
					new EmbeddingRequest(this.model, this.inputs.subList(start, end), this.parameters, this.batchSize));
		}
		return batches;
	}

	/**
	 * Return the model and the number of texts, not the texts.
	 */
	@Override
	public String toString() {
		return "EmbeddingRequest[model=" + this.model + ", inputs=" + this.inputs.size() + "]";
	}

}
