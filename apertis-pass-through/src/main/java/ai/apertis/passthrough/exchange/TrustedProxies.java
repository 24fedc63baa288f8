package ai.apertis.passthrough.exchange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
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

	private static final Pattern FOR = Pattern.compile("(?i)(?:^|[;,])\\s*for=(\"[^\"]*\"|[^;,\\s]*)");

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
	 * @param forwardedFor the values of all headers {@code X-Forwarded-For}, which count
	 * if there is none of the former
	 * @return the address, {@code null} if it is not known
	 */
	public @Nullable String client(@Nullable String peer, List<String> forwarded, List<String> forwardedFor) {
		List<String> told = forwarded.isEmpty() ? hops(forwardedFor)
				: forwarded.stream()
					.flatMap((header) -> FOR.matcher(header).results().map((hop) -> hop.group(1).replace("\"", "")))
					.toList();
		List<String> hops = new ArrayList<>(told);
		Collections.reverse(hops);
		String client = peer;
		for (String hop : hops) {
			if (client == null || !isTrusted(client)) {
				return client;
			}
			client = withoutPort(hop);
		}
		return client;
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
