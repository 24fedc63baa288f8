package ai.apertis.passthrough;

import java.util.function.Consumer;

import ai.apertis.client.stream.StreamListener;

import org.springframework.http.HttpHeaders;

/**
 * Hears the headers of the gateway's answer.
 */
record GatewayHeaders(Consumer<HttpHeaders> consumer) implements StreamListener {

	@Override
	public void onResponse(HttpHeaders headers) {
		this.consumer.accept(headers);
	}

}
