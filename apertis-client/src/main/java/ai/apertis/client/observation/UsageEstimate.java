package ai.apertis.client.observation;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.Verdict;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a call may have cost of which the gateway did not tell the usage.
 */
public final class UsageEstimate {

	/** A token has about four bytes. */
	private static final int BYTES_PER_TOKEN = 4;

	/** What a chunk has besides content, in bytes, if it has much. */
	private static final int CHUNK_WITHOUT_CONTENT = 400;

	private static final JsonMapper JSON = JsonMapper.shared();

	private UsageEstimate() {
	}

	/**
	 * Guess the tokens of a request by its size.
	 * @param bytes the size of its body
	 * @return the number of tokens
	 */
	public static long ofSize(long bytes) {
		return bytes / BYTES_PER_TOKEN;
	}

	/**
	 * Guess the tokens of an answer, as far as it has come: as a rule a chunk has one,
	 * but large chunks have more.
	 * @param verdict what the answer's events have told
	 * @return the number of tokens
	 */
	public static long ofChunks(Verdict verdict) {
		long beyond = verdict.chunkBytes() - verdict.chunks() * CHUNK_WITHOUT_CONTENT;
		return verdict.chunks() + Math.max(0, beyond) / BYTES_PER_TOKEN;
	}

	/**
	 * Estimate the usage.
	 * @return the usage, {@code null} if nothing of an answer has come, so that nothing
	 * is billed as far as is known
	 */
	static @Nullable Usage of(ObservedRequest request, Verdict verdict, Outcome outcome,
			@Nullable TokenEstimator estimator, @Nullable Transcript transcript) {
		boolean begun = verdict.chunks() > 0 || outcome == Outcome.COMPLETED || outcome == Outcome.CANCELLED;
		if (!begun) {
			return null;
		}
		long input = (estimator != null) ? estimator.tokens(prompt(request.json()), request.model())
				: ofSize(request.json().length);
		long output = ofChunks(verdict);
		if (estimator != null && transcript != null) {
			String text = transcript.text();
			// what was too much to keep counts by its chunks
			output = transcript.isWhole() ? estimator.tokens(text, request.model())
					: Math.max(output, estimator.tokens(text, request.model()));
		}
		return new Usage(input, output, input + output, 0, 0, Map.of());
	}

	/**
	 * All text of the messages and tools.
	 */
	static String prompt(byte[] json) {
		try {
			JsonNode request = JSON.readTree(json);
			StringBuilder text = new StringBuilder();
			append(request.path("messages"), text);
			append(request.path("tools"), text);
			return text.toString();
		}
		catch (JacksonException ex) {
			// an extra body of the caller's own making
			return new String(json, StandardCharsets.UTF_8);
		}
	}

	private static void append(JsonNode node, StringBuilder text) {
		if (node.isString()) {
			// images and sounds are not text
			if (!node.asString().startsWith("data:")) {
				text.append(node.asString()).append('\n');
			}
			return;
		}
		node.forEach((member) -> append(member, text));
	}

}
