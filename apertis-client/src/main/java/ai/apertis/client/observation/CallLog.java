package ai.apertis.client.observation;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.error.BillingException;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.observation.ChatObservationContext.Content;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs each call that has ended, with its data as key-value pairs: failed calls at
 * warning level, others at debug level.
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
				write(logger.atLevel(level), message(context.outcome()), data(context, failure, duration));
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

	/**
	 * The data are in the text too, as the usual formats leave keys and values out.
	 */
	private static void write(LoggingEventBuilder line, String message, Map<String, Object> data) {
		StringBuilder text = new StringBuilder(message);
		LoggingEventBuilder event = line;
		for (Map.Entry<String, Object> entry : data.entrySet()) {
			event = event.addKeyValue(entry.getKey(), entry.getValue());
			text.append(' ').append(entry.getKey()).append('=').append(entry.getValue());
		}
		event.log(text.toString());
	}

	private static Map<String, Object> data(ChatObservationContext context, @Nullable Throwable failure,
			Duration duration) {
		Map<String, Object> data = new LinkedHashMap<>();
		data.put("model", context.requestedModel());
		String responseModel = context.responseModel();
		if (responseModel != null) {
			data.put("response_model", responseModel);
		}
		data.put("streaming", context.request().streaming());
		data.put("duration_ms", duration.toMillis());
		Duration first = context.timeToFirstChunk();
		if (first != null) {
			data.put("first_chunk_ms", first.toMillis());
		}
		Usage usage = context.usage();
		if (usage != null) {
			data.put("input_tokens", usage.inputTokens());
			data.put("output_tokens", usage.outputTokens());
			data.put("estimated", context.isEstimated());
		}
		requestId(context, failure).ifPresent((id) -> data.put("request_id", id));
		if (failure != null) {
			data.put("error_type", ErrorType.of(failure));
			reason(failure).ifPresent((reason) -> data.put("reason", ChatObservationContext.line(reason)));
		}
		return data;
	}

	private static Optional<String> requestId(ChatObservationContext context, @Nullable Throwable failure) {
		ResponseMetadata metadata = (failure instanceof ApertisApiException api) ? api.metadata() : context.metadata();
		return (metadata != null) ? metadata.requestId() : Optional.empty();
	}

	/**
	 * What is our own, or about the account or the address: in all else the gateway may
	 * quote a prompt.
	 */
	private static Optional<String> reason(Throwable failure) {
		if (failure instanceof ApertisApiException api) {
			boolean ofTheOwner = api instanceof AuthenticationException || api instanceof BillingException
					|| api.statusCode() < 400;
			return ofTheOwner ? Optional.ofNullable(api.getMessage()) : api.advice();
		}
		return (failure instanceof ApertisException) ? Optional.ofNullable(failure.getMessage()) : Optional.empty();
	}

}
