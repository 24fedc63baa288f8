package ai.apertis.client.metadata;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Finds the id of a request in the headers of its response. The gateway documents no
 * header for it, so the usual ones are tried in turn.
 */
final class RequestId {

	private static final List<String> NAMES = List.of("x-request-id", "request-id", "x-oneapi-request-id",
			"x-generation-id", "apim-request-id", "mistral-correlation-id", "inference-id", "cf-ray");

	private RequestId() {
	}

	static @Nullable String in(HttpHeaders headers) {
		return NAMES.stream().map(headers::getFirst).filter((id) -> id != null).findFirst().orElse(null);
	}

}
