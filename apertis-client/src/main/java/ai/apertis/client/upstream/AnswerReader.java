package ai.apertis.client.upstream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.EventTooLargeException;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.error.MalformedResponseException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads the answers that are no event stream: errors, and JSON where a stream was asked
 * for.
 */
final class AnswerReader {

	private static final int MAX_ERROR_BODY = 64 * 1024;

	private static final Duration ERROR_BODY_TIMEOUT = Duration.ofSeconds(10);

	private static final JsonMapper JSON = JsonMapper.shared();

	/**
	 * A missing content type is taken for a stream: the events will tell.
	 */
	boolean isStream(ClientResponse response) {
		return response.headers().contentType().map(MediaType.TEXT_EVENT_STREAM::isCompatibleWith).orElse(true);
	}

	/**
	 * Read an answer that should be JSON.
	 */
	Mono<byte[]> json(ClientResponse response, Credentials credentials, int maxBody) {
		MediaType type = response.headers().contentType().orElse(MediaType.APPLICATION_JSON);
		boolean json = MediaType.APPLICATION_JSON.isCompatibleWith(type) || type.getSubtype().endsWith("+json");
		if (!json) {
			// it need not end: the connection is closed
			return response.body(BodyExtractors.toDataBuffers())
				.take(0)
				.then(Mono.error(() -> new MalformedResponseException(
						"The gateway answered with " + type.getType() + "/" + type.getSubtype()
								+ " instead of a completion; check apertis.base-url and any proxy on the way to it",
						null)));
		}
		return bytes(response.body(BodyExtractors.toDataBuffers()), maxBody).handle((body, sink) -> {
			String text = new String(body, StandardCharsets.UTF_8);
			GatewayError error = GatewayErrorReader.read(text);
			if (error != null) {
				sink.error(exception(error.impliedStatus(), error, response, text, credentials));
			}
			else {
				sink.next(body);
			}
		});
	}

	/**
	 * Read a JSON answer as the one event of a stream.
	 */
	Mono<DataBuffer> jsonAsEvent(ClientResponse response, Credentials credentials, int maxBody) {
		return json(response, credentials, maxBody)
			.map((json) -> DefaultDataBufferFactory.sharedInstance.wrap(event(json)));
	}

	/**
	 * Fail with what an answer that is no success tells.
	 */
	Mono<byte[]> failure(ClientResponse response, Credentials credentials) {
		int status = response.statusCode().value();
		return DataBufferUtils
			.join(DataBufferUtils.takeUntilByteCount(response.body(BodyExtractors.toDataBuffers()), MAX_ERROR_BODY))
			.map(AnswerReader::read)
			.timeout(ERROR_BODY_TIMEOUT)
			// the status says enough, if the body is empty, too slow or cut off
			.onErrorComplete()
			.defaultIfEmpty(new byte[0])
			.flatMap((body) -> {
				String text = new String(body, StandardCharsets.UTF_8);
				GatewayError error = GatewayErrorReader.read(text);
				return Mono.error(exception(status,
						(error != null) ? error : new GatewayError("HTTP " + status, null, null, null, 0), response,
						text, credentials));
			});
	}

	private static ApertisApiException exception(int status, GatewayError error, ClientResponse response, String body,
			Credentials credentials) {
		return ApertisApiException.of(status, error.redacted(credentials::redact),
				new HttpHeaders(credentials.redact(response.headers().asHttpHeaders())), credentials.redact(body));
	}

	private static Mono<byte[]> bytes(Flux<DataBuffer> body, int maxBody) {
		return DataBufferUtils.join(body, maxBody)
			.map(AnswerReader::read)
			.onErrorMap(DataBufferLimitException.class, (ex) -> new EventTooLargeException(maxBody))
			.switchIfEmpty(
					Mono.error(() -> new MalformedResponseException("The gateway answered with an empty body", null)));
	}

	private static byte[] read(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	/**
	 * Write a whole completion as the event of a chunk with all of it, which is what
	 * clients of a stream understand.
	 */
	private static byte[] event(byte[] json) {
		JsonNode chunk = JSON.readTree(json);
		for (JsonNode choice : chunk.path("choices")) {
			if (choice instanceof ObjectNode members && members.path("message").isObject() && !members.has("delta")) {
				members.set("delta", members.remove("message"));
				int index = 0;
				for (JsonNode call : members.path("delta").path("tool_calls")) {
					if (call instanceof ObjectNode toolCall && !toolCall.has("index")) {
						toolCall.put("index", index);
					}
					index++;
				}
			}
		}
		if (chunk instanceof ObjectNode members && members.has("object")) {
			members.put("object", "chat.completion.chunk");
		}
		return ("data: " + chunk + "\n\n").getBytes(StandardCharsets.UTF_8);
	}

}
