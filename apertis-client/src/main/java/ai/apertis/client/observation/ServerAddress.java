package ai.apertis.client.observation;

import org.springframework.web.util.UriComponents;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Address of the gateway.
 *
 * @param host the host of its base URL
 * @param port the port of its base URL, or that of its scheme
 */
public record ServerAddress(String host, int port) {

	private static final int HTTP = 80;

	private static final int HTTPS = 443;

	/**
	 * Read the address from a base URL.
	 * @param baseUrl an absolute http or https URL
	 * @return the address
	 */
	public static ServerAddress of(String baseUrl) {
		UriComponents url = UriComponentsBuilder.fromUriString(baseUrl).build();
		String host = url.getHost();
		int usual = "http".equalsIgnoreCase(url.getScheme()) ? HTTP : HTTPS;
		return new ServerAddress((host != null) ? host : "", (url.getPort() >= 0) ? url.getPort() : usual);
	}

}
