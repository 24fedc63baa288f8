package ai.apertis.passthrough.exchange;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import ai.apertis.client.metadata.ResponseMetadata;

import org.springframework.http.HttpHeaders;
import org.springframework.util.PatternMatchUtils;

/**
 * Rules for the headers that are passed on, in either direction: only those that are
 * named. Headers that belong to a connection, describe how a body is written, or carry
 * credentials are never passed on.
 */
public final class HeaderRules {

	private static final Set<String> NEVER = Set.of("authorization", "proxy-authorization", "proxy-authenticate",
			"www-authenticate", "x-api-key", "api-key", "cookie", "set-cookie", "host", "connection", "keep-alive",
			"te", "trailer", "transfer-encoding", "upgrade", "proxy-connection", "http2-settings", "expect", "server",
			"alt-svc", "date", "vary", "cache-control", "user-agent", "retry-after", "accept", "accept-encoding",
			"origin", "referer", "location", "x-accel-buffering");

	private static final List<String> NEVER_BEGINNING_WITH = List.of("content-", "access-control-", "sec-",
			"strict-transport-", ":");

	private static final String REQUEST_ID = "x-request-id";

	private final String[] upstream;

	private final String[] downstream;

	/**
	 * Create rules.
	 * @param upstream the headers of a client's request that are sent upstream, each a
	 * name or a pattern such as {@code x-app-*}
	 * @param downstream the headers of the gateway's answer that are sent to the client.
	 * {@code x-request-id} stands for the gateway's id of the request, whatever its name
	 * is there
	 * @throws IllegalArgumentException if one is named that is never passed on
	 */
	public HeaderRules(List<String> upstream, List<String> downstream) {
		this.upstream = checked(upstream);
		this.downstream = checked(downstream);
	}

	private static String[] checked(List<String> names) {
		String[] lowerCase = names.stream().map((name) -> name.toLowerCase(Locale.ROOT)).toArray(String[]::new);
		for (String name : lowerCase) {
			if (isNever(name)) {
				throw new IllegalArgumentException("The header '" + name + "' is never passed on");
			}
		}
		return lowerCase;
	}

	private static boolean isNever(String name) {
		return NEVER.contains(name) || NEVER_BEGINNING_WITH.stream().anyMatch(name::startsWith);
	}

	/**
	 * Choose the headers to send upstream.
	 */
	Map<String, String> toUpstream(HttpHeaders client) {
		return chosen(client, this.upstream);
	}

	/**
	 * Choose the headers to send to the client.
	 */
	Map<String, String> toClient(HttpHeaders gateway) {
		Map<String, String> chosen = chosen(gateway, this.downstream);
		if (PatternMatchUtils.simpleMatch(this.downstream, REQUEST_ID)) {
			new ResponseMetadata(gateway).requestId()
				.filter(HeaderRules::isPlain)
				.ifPresent((id) -> chosen.put(REQUEST_ID, id));
		}
		return chosen;
	}

	private static Map<String, String> chosen(HttpHeaders headers, String[] patterns) {
		Map<String, String> chosen = new LinkedHashMap<>();
		if (patterns.length > 0) {
			// what belongs to the connection, by RFC 9110, section 7.6.1
			Set<String> hopByHop = headers.getConnection()
				.stream()
				.map((name) -> name.toLowerCase(Locale.ROOT))
				.collect(Collectors.toSet());
			headers.forEach((name, values) -> {
				String lowerCase = name.toLowerCase(Locale.ROOT);
				if (PatternMatchUtils.simpleMatch(patterns, lowerCase) && !isNever(lowerCase)
						&& !hopByHop.contains(lowerCase) && !values.isEmpty() && isPlain(values.get(0))) {
					chosen.put(lowerCase, values.get(0));
				}
			});
		}
		return chosen;
	}

	/**
	 * Return whether a value is safe in any server's hands.
	 */
	private static boolean isPlain(String value) {
		return value.chars().allMatch((character) -> character >= ' ' && character <= '~');
	}

}
