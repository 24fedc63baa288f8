package ai.apertis.passthrough;

import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Who may ask for what: the application's own rules, on top of those of the properties.
 *
 * @param users tells users apart
 * @param limits counts what each of them does
 * @param policies decide on each request, in this order
 */
public record Access(PassThroughUserResolver users, UserLimits limits, List<PassThroughPolicy> policies) {

	public Access {
		policies = List.copyOf(policies);
	}

	@Nullable String user(Caller caller) {
		return this.users.resolve(caller);
	}

	Mono<UserLimits.Permit> admit(PassThroughRequest request) {
		String user = request.user();
		return this.limits.admit((user != null) ? "user " + user : "address " + request.caller().address());
	}

	Mono<PassThroughRequest> decide(PassThroughRequest request) {
		Mono<PassThroughRequest> decided = Mono.just(request);
		for (PassThroughPolicy policy : this.policies) {
			decided = decided.flatMap((current) -> policy.apply(current)
				.switchIfEmpty(Mono.error(() -> new IllegalStateException(
						policy.getClass().getName() + " neither returned nor refused a request"))));
		}
		return decided;
	}

}
