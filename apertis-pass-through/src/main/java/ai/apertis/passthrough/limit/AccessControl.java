package ai.apertis.passthrough.limit;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughPolicy;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.PassThroughUserResolver;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.address.Network;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Access rules of the application, in addition to those of the properties.
 *
 * @param users tells users apart
 * @param limits counts what each of them does
 * @param nameCase how names are told apart by the limits
 * @param policies decide on each request, in this order
 */
public record AccessControl(PassThroughUserResolver users, UserLimits limits, NameCase nameCase,
		List<PassThroughPolicy> policies) {

	private static final int IPV6_NETWORK = 8;

	public AccessControl {
		policies = List.copyOf(policies);
	}

	/**
	 * Return the user who has sent a request.
	 * @param caller the sender
	 * @return the user's name, {@code null} for an anonymous sender
	 */
	public @Nullable String user(Caller caller) {
		return this.users.resolve(caller);
	}

	/**
	 * Admit a request.
	 * @param caller the sender
	 * @param user the user, {@code null} for an anonymous sender, who is identified by
	 * the address
	 * @return the permit; fails with a {@link RefusedException} if the user has had
	 * enough
	 */
	public Mono<UserLimits.Permit> admit(Caller caller, @Nullable String user) {
		String name = (user != null) ? this.nameCase.fold(user) : "";
		return this.limits.admit(!name.isEmpty() ? "user " + name : "address " + network(caller.address()));
	}

	/**
	 * Whoever has an IPv6 address has as many as fit into 64 bits.
	 */
	private static @Nullable String network(@Nullable String address) {
		if (address == null || address.indexOf(':') < 0) {
			return address;
		}
		InetAddress parsed = Network.parse(address);
		if (parsed == null) {
			// no address after all, but something to tell callers apart by
			return address;
		}
		byte[] bytes = parsed.getAddress();
		return (bytes.length > IPV6_NETWORK) ? HexFormat.of().formatHex(bytes, 0, IPV6_NETWORK)
				: parsed.getHostAddress();
	}

	/**
	 * Let the policies decide on a request.
	 * @param request the request
	 * @return the request to go on with; fails with a {@link RefusedException} if it is
	 * refused
	 */
	public Mono<PassThroughRequest> decide(PassThroughRequest request) {
		Mono<PassThroughRequest> decided = Mono.just(request);
		for (PassThroughPolicy policy : this.policies) {
			decided = decided.flatMap((current) -> policy.apply(current)
				.switchIfEmpty(Mono.error(() -> new IllegalStateException(
						policy.getClass().getName() + " neither returned nor refused a request"))));
		}
		return decided;
	}

}
