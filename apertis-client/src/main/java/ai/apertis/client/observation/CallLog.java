package ai.apertis.client.observation;

import java.time.Duration;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.observation.ChatObservationContext.Content;
import ai.apertis.client.sse.Outcome;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes a line to the log for each call that has ended, with its data as keys and
 * values: of a failed one as a warning, of any other one for debugging.
 */
final class CallLog {

	private static final Logger logger = LoggerFactory.getLogger("ai.apertis.client.calls");

	private CallLog() {
	}

	static void write(ChatObservationContext context, Observation observation, @Nullable Throwable failure,
			Duration duration, @Nullable Content content) {
		Level level = (failure != null) ? Level.WARN : Level.DEBUG;
		if (!logger.isEnabledForLevel(level) && content == null) {
			return;
		}
		// the trace's ids are in the scope of the observation
		try (Observation.Scope scope = observation.openScope()) {
			if (logger.isEnabledForLevel(level)) {
				line(logger.atLevel(level), context, failure, duration).log(message(context.outcome()));
			}
			if (content != null) {
				logger.atInfo()
					.addKeyValue("input", content.input())
					.addKeyValue("output", content.output())
					.log("Chat call content");
			}
		}
	}

	private static String message(@Nullable Outcome outcome) {
		return "Chat call " + ((outcome != null) ? outcome.value() : "ended");
	}

	private static LoggingEventBuilder line(LoggingEventBuilder line, ChatObservationContext context,
			@Nullable Throwable failure, Duration duration) {
		LoggingEventBuilder told = line.addKeyValue("model", context.requestModel())
			.addKeyValue("response_model", context.responseModel())
			.addKeyValue("streaming", context.request().streaming())
			.addKeyValue("duration_ms", duration.toMillis());
		Duration first = context.timeToFirstChunk();
		if (first != null) {
			told = told.addKeyValue("first_chunk_ms", first.toMillis());
		}
		Usage usage = context.usage();
		if (usage != null) {
			told = told.addKeyValue("input_tokens", usage.inputTokens())
				.addKeyValue("output_tokens", usage.outputTokens())
				.addKeyValue("estimated", context.isEstimated());
		}
		ResponseMetadata metadata = context.metadata();
		if (metadata != null && metadata.requestId().isPresent()) {
			told = told.addKeyValue("request_id", metadata.requestId().get());
		}
		// not its message, in which the gateway may quote a prompt
		return (failure != null) ? told.addKeyValue("error_type", ErrorType.of(failure)) : told;
	}

}
