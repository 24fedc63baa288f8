package ai.apertis.client.stream;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Summary of one stream, for listeners, meters and limits.
 *
 * @param id the id of the answer, {@code null} if no event has told one
 * @param finishReasons the different reasons for which the answer ended, in the
 * provider's words
 * @param chunks the number of events that were a part of the answer
 * @param tokens the estimated number of output tokens that have come
 * @param tokensSinceUsage the estimated number of output tokens that have come since the
 * usage was last reported, all of them if it never was
 * @param usage the usage as the gateway reported it, in a shape that
 * {@link ai.apertis.client.chat.Usage#of} reads; {@code null} if it did not
 */
public record StreamSummary(@Nullable String id, List<String> finishReasons, long chunks, long tokens,
		long tokensSinceUsage, @Nullable JsonNode usage) {

	/** The summary of a stream of which nothing has come. */
	public static final StreamSummary NONE = new StreamSummary(null, List.of(), 0, 0, 0, null);

	public StreamSummary {
		finishReasons = List.copyOf(finishReasons);
	}

}
