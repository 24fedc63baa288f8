package ai.apertis.client.upstream;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.stream.ApiRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Remembers which models refuse parameters that they need not get: the request for usage,
 * and a limit of output tokens under its older name. The meaning of a request stays the
 * same. Safe for use by several threads.
 */
final class RefusedParameters {

	private static final int MAX_MODELS = 200;

	private static final Duration KEPT = Duration.ofHours(1);

	private final Map<String, Known> byModel = Collections.synchronizedMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.@Nullable Entry<String, Known> eldest) {
			return size() > MAX_MODELS;
		}

	});

	/**
	 * Begin a call.
	 * @return what its attempts learn
	 */
	Call call() {
		return new Call();
	}

	private Set<Refused> known(String model) {
		Known known = this.byModel.get(model);
		boolean valid = known != null && known.since().plus(KEPT).isAfter(Instant.now());
		return (known != null && valid) ? known.refused() : Set.of();
	}

	private void remember(String model, Set<Refused> refused) {
		this.byModel.put(model, new Known(Set.copyOf(refused), Instant.now()));
	}

	/**
	 * What one call learns. Only if it succeeds without the parameter it is remembered
	 * for others, as a refusal can name whatever a caller has written.
	 */
	final class Call {

		private final Set<Refused> learned = EnumSet.noneOf(Refused.class);

		/**
		 * Return a request as its model wants it, as far as is known.
		 */
		ApiRequest adapt(ApiRequest request) {
			Set<Refused> refused = EnumSet.noneOf(Refused.class);
			refused.addAll(this.learned);
			refused.addAll(known(model(request)));
			return refused.isEmpty() ? request
					: request.with((members) -> refused.forEach((parameter) -> parameter.takeOutOf(members)));
		}

		/**
		 * Learn from a failure.
		 * @param sent the request as it was sent
		 * @return whether the request may succeed if it is adapted once more
		 */
		boolean learn(ApertisApiException failure, ApiRequest sent) {
			Optional<Refused> refused = Refused.in(failure);
			return refused.isPresent() && refused.get().isOurs(sent.members()) && this.learned.add(refused.get());
		}

		/**
		 * The call has been answered.
		 */
		void succeeded(ApiRequest sent) {
			if (!this.learned.isEmpty()) {
				String model = model(sent);
				Set<Refused> all = EnumSet.copyOf(this.learned);
				all.addAll(known(model));
				remember(model, all);
			}
		}

	}

	private record Known(Set<Refused> refused, Instant since) {
	}

	private static String model(ApiRequest request) {
		String model = request.model();
		return (model != null) ? model : "";
	}

	private enum Refused {

		/**
		 * Servers that do not know the parameter, and models that cannot tell the usage.
		 */
		STREAM_OPTIONS("stream_options") {

			@Override
			boolean isNamed(String param, String message) {
				return param.isEmpty() ? message.contains(this.parameter)
						: param.equals(this.parameter) || param.equals(this.parameter + ".include_usage");
			}

			/**
			 * Of a caller's own options another one may be to blame.
			 */
			@Override
			boolean isOurs(ObjectNode request) {
				JsonNode options = request.path(this.parameter);
				return options.size() == 1 && options.has("include_usage");
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
						&& (param.isEmpty() ? message.contains(this.parameter) : param.equals(this.parameter));
			}

			@Override
			void takeOutOf(ObjectNode request) {
				JsonNode limit = request.remove(this.parameter);
				if (limit != null && !request.path(MAX_COMPLETION_TOKENS).isNumber()) {
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

		/**
		 * Return whether a request has the parameter, and nothing in it that may be to
		 * blame.
		 */
		boolean isOurs(ObjectNode request) {
			return request.has(this.parameter);
		}

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
