package ai.apertis.client.observation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import ai.apertis.client.chat.Usage;
import ai.apertis.client.observation.ChatObservationContext.Content;
import ai.apertis.client.observation.ChatObservationDocumentation.HighCardinalityKeyNames;
import ai.apertis.client.observation.ChatObservationDocumentation.LowCardinalityKeyNames;
import ai.apertis.client.stream.StreamSummary;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Default {@link ChatObservationConvention}, with the names of the OpenTelemetry GenAI
 * conventions.
 */
public class DefaultChatObservationConvention implements ChatObservationConvention {

	private static final String NAME = "gen_ai.client.inference.duration";

	private static final KeyValue PROVIDER = LowCardinalityKeyNames.PROVIDER_NAME.withValue("apertis");

	private static final Map<HighCardinalityKeyNames, String> PARAMETERS = Map.of(HighCardinalityKeyNames.CHOICE_COUNT,
			"n", HighCardinalityKeyNames.SEED, "seed", HighCardinalityKeyNames.MAX_TOKENS, "max_tokens",
			HighCardinalityKeyNames.TEMPERATURE, "temperature", HighCardinalityKeyNames.TOP_P, "top_p",
			HighCardinalityKeyNames.STOP_SEQUENCES, "stop", HighCardinalityKeyNames.FREQUENCY_PENALTY,
			"frequency_penalty", HighCardinalityKeyNames.PRESENCE_PENALTY, "presence_penalty");

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(ChatObservationContext context) {
		return operation(context) + " " + context.requestModel();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(ChatObservationContext context) {
		return KeyValues.of(LowCardinalityKeyNames.OPERATION_NAME.withValue(operation(context)), PROVIDER,
				LowCardinalityKeyNames.REQUEST_MODEL.withValue(context.requestModel()),
				LowCardinalityKeyNames.RESPONSE_MODEL.withValue(orNone(context.responseModel())), errorType(context),
				LowCardinalityKeyNames.OUTCOME
					.withValue((context.outcome() != null) ? context.outcome().value() : KeyValue.NONE_VALUE),
				LowCardinalityKeyNames.SERVER_ADDRESS.withValue(context.request().server().host()),
				LowCardinalityKeyNames.SERVER_PORT.withValue(Integer.toString(context.request().server().port())));
	}

	private static String operation(ChatObservationContext context) {
		return context.request().request().protocol().operation();
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(ChatObservationContext context) {
		List<KeyValue> values = new ArrayList<>();
		PARAMETERS.forEach((name, parameter) -> add(values, name, context.request().parameters().apply(parameter)));
		add(values, HighCardinalityKeyNames.REQUEST_STREAM, context.request().streaming());
		StreamSummary summary = context.summary();
		if (summary != null) {
			add(values, HighCardinalityKeyNames.RESPONSE_ID, summary.id());
			if (!summary.finishReasons().isEmpty()) {
				add(values, HighCardinalityKeyNames.FINISH_REASONS, String.join(",", summary.finishReasons()));
			}
		}
		Duration first = context.timeToFirstChunk();
		if (first != null) {
			add(values, HighCardinalityKeyNames.TIME_TO_FIRST_CHUNK, first.toNanos() / 1e9);
		}
		usage(context.usage(), values);
		Content content = context.content();
		if (content != null) {
			add(values, HighCardinalityKeyNames.INPUT_MESSAGES, content.input());
			add(values, HighCardinalityKeyNames.OUTPUT_MESSAGES, content.output());
		}
		return KeyValues.of(values);
	}

	private static void usage(@Nullable Usage usage, List<KeyValue> values) {
		if (usage != null) {
			add(values, HighCardinalityKeyNames.INPUT_TOKENS, usage.inputTokens());
			add(values, HighCardinalityKeyNames.OUTPUT_TOKENS, usage.outputTokens());
			add(values, HighCardinalityKeyNames.CACHED_INPUT_TOKENS, usage.cachedInputTokens());
			add(values, HighCardinalityKeyNames.CACHE_WRITE_INPUT_TOKENS, usage.cacheWriteInputTokens());
			add(values, HighCardinalityKeyNames.REASONING_OUTPUT_TOKENS, usage.reasoningOutputTokens());
		}
	}

	private static void add(List<KeyValue> values, HighCardinalityKeyNames name, @Nullable Object value) {
		if (value != null) {
			values.add(name.withValue(text(value)));
		}
	}

	private static String text(Object value) {
		return (value instanceof JsonNode json && json.isString()) ? json.asString() : value.toString();
	}

	private static KeyValue errorType(ChatObservationContext context) {
		return LowCardinalityKeyNames.ERROR_TYPE.withValue(ErrorType.of(context.getError()));
	}

	private static String orNone(@Nullable String value) {
		return (value != null) ? value : KeyValue.NONE_VALUE;
	}

}
