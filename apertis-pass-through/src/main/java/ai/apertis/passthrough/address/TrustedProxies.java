package ai.apertis.passthrough.address;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The proxies that are believed when they tell from which address a request came. Each
 * adds the address of its peer behind those that it has been told, and anybody can tell a
 * proxy anything: so the last address counts that is none of a proxy.
 *
 * @param networks the proxies' networks
 */
public record TrustedProxies(List<Network> networks) {

	private static final Pattern FOR = Pattern.compile("(?i)(?:^|[;,])\\s*for=(\"[^\",;\\s]*\"|[^;,\\s]*)");

	private static final Pattern WITH_PORT = Pattern.compile("\\[([^\\]]+)](?::\\d+)?|([^:]+):\\d+");

	public TrustedProxies {
		networks = List.copyOf(networks);
	}

	/**
	 * Trust some networks.
	 * @param networks the networks, such as {@code 10.0.0.0/8}
	 * @return the proxies
	 * @throws IllegalArgumentException if one is none
	 */
	public static TrustedProxies of(List<String> networks) {
		return new TrustedProxies(networks.stream().map(Network::of).toList());
	}

	/**
	 * Return the address of a client.
	 * @param peer the address at the other end of the connection, {@code null} if it is
	 * not known
	 * @param forwarded the values of all headers {@code Forwarded}
	 * @param forwardedFor the values of all headers {@code X-Forwarded-For}
	 * @return the address, {@code null} if it is not known. A proxy that adds to one of
	 * both hands on the other as it came: where they tell different addresses it is the
	 * peer's
	 */
	public @Nullable String client(@Nullable String peer, List<String> forwarded, List<String> forwardedFor) {
		String byStandard = client(peer, elements(forwarded));
		String byHabit = client(peer, hops(forwardedFor));
		if (forwarded.isEmpty() || forwardedFor.isEmpty()) {
			return forwarded.isEmpty() ? byHabit : byStandard;
		}
		return Objects.equals(byStandard, byHabit) ? byStandard : peer;
	}

	private @Nullable String client(@Nullable String peer, List<String> told) {
		String client = peer;
		for (int i = told.size() - 1; i >= 0 && client != null && isTrusted(client); i--) {
			client = withoutPort(told.get(i));
		}
		return client;
	}

	private static List<String> elements(List<String> headers) {
		return headers.stream()
			.flatMap((header) -> FOR.matcher(header).results())
			.map((element) -> element.group(1).replace("\"", ""))
			.toList();
	}

	private static List<String> hops(List<String> headers) {
		return headers.stream()
			.flatMap((header) -> Arrays.stream(header.split(",")))
			.map(String::strip)
			.filter((hop) -> !hop.isEmpty())
			.toList();
	}

	private static String withoutPort(String hop) {
		Matcher matcher = WITH_PORT.matcher(hop);
		if (!matcher.matches()) {
			return hop;
		}
		return (matcher.group(1) != null) ? matcher.group(1) : matcher.group(2);
	}

	private boolean isTrusted(String address) {
		return this.networks.stream().anyMatch((network) -> network.contains(address));
	}

}
