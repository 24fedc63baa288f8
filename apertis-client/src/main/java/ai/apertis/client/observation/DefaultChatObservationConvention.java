package ai.apertis.client.observation;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.observation.ChatObservationDocumentation.LowCardinalityKeyNames;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * The names of the OpenTelemetry GenAI conventions.
 */
public class DefaultChatObservationConvention implements ChatObservationConvention {

	private static final String NAME = "gen_ai.client.operation.duration";

	private static final KeyValues FIXED = KeyValues.of(LowCardinalityKeyNames.OPERATION_NAME.withValue("chat"),
			LowCardinalityKeyNames.PROVIDER_NAME.withValue("apertis"));

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(ChatObservationContext context) {
		return "chat " + context.requestModel();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(ChatObservationContext context) {
		return FIXED.and(LowCardinalityKeyNames.REQUEST_MODEL.withValue(context.requestModel()),
				LowCardinalityKeyNames.RESPONSE_MODEL.withValue(orNone(context.responseModel())), errorType(context),
				LowCardinalityKeyNames.OUTCOME
					.withValue((context.outcome() != null) ? context.outcome().value() : KeyValue.NONE_VALUE));
	}

	private static KeyValue errorType(ChatObservationContext context) {
		Throwable error = context.getError();
		String type = (error instanceof ApertisApiException api) ? Integer.toString(api.statusCode())
				: (error != null) ? error.getClass().getSimpleName() : null;
		return LowCardinalityKeyNames.ERROR_TYPE.withValue(orNone(type));
	}

	private static String orNone(@Nullable String value) {
		return (value != null) ? value : KeyValue.NONE_VALUE;
	}

}
