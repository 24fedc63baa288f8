package ai.apertis.client.observation;

import ai.apertis.client.observation.ChatObservationDocumentation.LowCardinalityKeyNames;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.Tags;

/**
 * Tags shared by all meters of chat calls, with the values of the observation's
 * convention.
 */
final class MeterTags {

	private static final LowCardinalityKeyNames[] NAMES = { LowCardinalityKeyNames.OPERATION_NAME,
			LowCardinalityKeyNames.PROVIDER_NAME, LowCardinalityKeyNames.REQUEST_MODEL,
			LowCardinalityKeyNames.RESPONSE_MODEL, LowCardinalityKeyNames.SERVER_ADDRESS,
			LowCardinalityKeyNames.SERVER_PORT };

	private MeterTags() {
	}

	/**
	 * Read the tags from an observation that stops.
	 */
	static Tags of(ChatObservationContext context) {
		String[] tags = new String[2 * NAMES.length];
		for (int i = 0; i < NAMES.length; i++) {
			tags[2 * i] = NAMES[i].asString();
			tags[2 * i + 1] = value(context, NAMES[i]);
		}
		return Tags.of(tags);
	}

	/**
	 * Read the tags from an observation under way, which has those that were known when
	 * it began; the models are known since.
	 */
	static Tags ofResponse(ChatObservationContext context) {
		String responseModel = context.responseModel();
		return of(context).and(LowCardinalityKeyNames.REQUEST_MODEL.asString(), context.requestModel(),
				LowCardinalityKeyNames.RESPONSE_MODEL.asString(),
				(responseModel != null) ? responseModel : KeyValue.NONE_VALUE);
	}

	private static String value(ChatObservationContext context, LowCardinalityKeyNames name) {
		KeyValue value = context.getLowCardinalityKeyValue(name.asString());
		return (value != null) ? value.getValue() : KeyValue.NONE_VALUE;
	}

}
