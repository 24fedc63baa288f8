package ai.apertis.client.observation;

import ai.apertis.client.error.ApertisApiException;
import io.micrometer.common.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * Classifies a failure: by the HTTP status if the gateway has sent one, else by the
 * exception.
 */
final class ErrorType {

	private ErrorType() {
	}

	static String of(@Nullable Throwable failure) {
		if (failure == null) {
			return KeyValue.NONE_VALUE;
		}
		if (failure instanceof ApertisApiException api) {
			// a status inside a stream can be any number
			boolean status = api.statusCode() >= 400 && api.statusCode() < 600;
			return status ? Integer.toString(api.statusCode()) : BoundedNames.OTHER;
		}
		return failure.getClass().getSimpleName();
	}

}
