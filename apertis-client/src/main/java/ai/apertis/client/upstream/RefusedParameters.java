package ai.apertis.client.upstream;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import ai.apertis.client.error.ApertisApiException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Remembers which models refuse parameters that they need not get: the wish for the
 * usage, and a limit of output tokens under its older name. What a request means stays
 * the same. Safe for use by several threads.
 */
final class RefusedParameters {

	private static final int MOST_MODELS = 200;

	private static final JsonMapper JSON = JsonMapper.shared();

	private final Map<String, Set<Refused>> byModel = Collections.synchronizedMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.@Nullable Entry<String, Set<Refused>> eldest) {
			return size() > MOST_MODELS;
		}

	});

	/**
	 * Return the body of a request as its model wants it, as far as is known.
	 */
	byte[] adapt(byte[] json) {
		if (this.byModel.isEmpty()) {
			return json;
		}
		ObjectNode request = (ObjectNode) JSON.readTree(json);
		Set<Refused> refused = this.byModel.get(model(request));
		if (refused == null) {
			return json;
		}
		refused.forEach((parameter) -> parameter.takeOutOf(request));
		return JSON.writeValueAsBytes(request);
	}

	/**
	 * Learn from a failure.
	 * @param sent the body that was sent
	 * @return whether the request may succeed if it is adapted once more
	 */
	boolean learn(ApertisApiException failure, byte[] sent) {
		Optional<Refused> refused = Refused.in(failure);
		if (refused.isEmpty() || !(JSON.readTree(sent) instanceof ObjectNode request)
				|| !request.has(refused.get().parameter)) {
			return false;
		}
		this.byModel.merge(model(request), EnumSet.of(refused.get()), (known, more) -> {
			Set<Refused> both = EnumSet.copyOf(known);
			both.addAll(more);
			return both;
		});
		return true;
	}

	private static String model(JsonNode request) {
		return request.path("model").asString("");
	}

	private enum Refused {

		/**
		 * Servers that do not know the parameter, and models that cannot tell the usage.
		 */
		STREAM_OPTIONS("stream_options") {

			@Override
			boolean isNamed(String param, String message) {
				return param.startsWith(this.parameter) || message.contains(this.parameter);
			}

			@Override
			void takeOutOf(ObjectNode request) {
				request.remove(this.parameter);
			}

		},

		/**
		 * OpenAI's reasoning models, which name the other one when they refuse it.
		 */
		MAX_TOKENS("max_tokens") {

			@Override
			boolean isNamed(String param, String message) {
				return message.contains(MAX_COMPLETION_TOKENS)
						&& (param.equals(this.parameter) || message.contains(this.parameter));
			}

			@Override
			void takeOutOf(ObjectNode request) {
				JsonNode limit = request.remove(this.parameter);
				if (limit != null && !request.has(MAX_COMPLETION_TOKENS)) {
					request.set(MAX_COMPLETION_TOKENS, limit);
				}
			}

		};

		private static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";

		final String parameter;

		Refused(String parameter) {
			this.parameter = parameter;
		}

		abstract boolean isNamed(String param, String message);

		abstract void takeOutOf(ObjectNode request);

		static Optional<Refused> in(ApertisApiException failure) {
			if (failure.statusCode() != 400 && failure.statusCode() != 422) {
				return Optional.empty();
			}
			String param = failure.param().orElse("");
			String message = failure.error().message();
			return Arrays.stream(values()).filter((refused) -> refused.isNamed(param, message)).findFirst();
		}

	}

}
