package ai.apertis.client;

import java.net.http.HttpClient;

import ai.apertis.client.connection.JdkConnector;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * Calls made with the HTTP client of the JDK.
 */
class JdkChatCallTests extends ChatCallContractTests {

	@Override
	ApertisClientBuilder transport(ApertisClientBuilder builder) {
		return builder
			.webClientBuilder(WebClient.builder().clientConnector(new JdkConnector(HttpClient.newHttpClient())));
	}

}
