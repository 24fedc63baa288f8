package ai.apertis.client.embedding;

import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The embeddings of texts.
 *
 * @param model the model that has made them, {@code null} if the gateway did not tell
 * @param vectors the vectors, in the order of the texts
 * @param usage the tokens of the texts, {@code null} if the gateway did not tell
 */
public record Embeddings(@Nullable String model, List<float[]> vectors, @Nullable Usage usage) {

	public Embeddings {
		vectors = List.copyOf(vectors);
	}

	/**
	 * Put those of further texts behind these.
	 * @param next the embeddings of the texts that follow
	 * @return the embeddings of all
	 */
	public Embeddings followedBy(Embeddings next) {
		List<float[]> all = new ArrayList<>(this.vectors);
		all.addAll(next.vectors);
		Usage before = this.usage;
		Usage behind = next.usage;
		return new Embeddings((this.model != null) ? this.model : next.model, all,
				(before != null && behind != null) ? before.plus(behind) : null);
	}

	/**
	 * Return how many there are, not the numbers.
	 */
	@Override
	public String toString() {
		return "Embeddings[model=" + this.model + ", vectors=" + this.vectors.size() + "]";
	}

}
