package ai.apertis.client.upstream;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.error.Setting;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.client.ClientResponse;

/**
 * Reads responses that are no event stream: errors, JSON where a stream was requested,
 * and pages.
 *
 * @param headers the response's headers
 * @param credentials the key to keep out of messages
 */
record NonStreamResponseReader(HttpHeaders headers, Credentials credentials) {

	private static final int MAX_ERROR_BODY = 64 * 1024;

	private static final int MAX_TEXT_LENGTH = 2000;

	private static final Duration ERROR_BODY_TIMEOUT = Duration.ofSeconds(10);

	private static final String UNKNOWN_ENDPOINT = "endpoint_not_found";

	private static final String DATA = "data:";

	private static final int UNAUTHORIZED = 401;

	private static final int NOT_FOUND = 404;

	private static final int METHOD_NOT_ALLOWED = 405;

	private static final int BAD_GATEWAY = 502;

	private static final Pattern VERSION = Pattern.compile("/v\\d");

	private static final Pattern VERSION_TWICE = Pattern.compile("(/v\\d\\w*)(?=/).*\\1/");

	private static final ObjectReader ONE_VALUE = WireJson.mapper()
		.reader()
		.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

	static NonStreamResponseReader of(ClientResponse response, Credentials credentials) {
		return new NonStreamResponseReader(response.headers().asHttpHeaders(), credentials);
	}

	/**
	 * Return whether the content type is that of an event stream, as far as it can be
	 * read.
	 */
	boolean claimsEvents() {
		return contentType().contains("event-stream");
	}

	/**
	 * Return whether there is no content type.
	 */
	boolean claimsNothing() {
		return contentType().isEmpty();
	}

	/**
	 * An answer in a coding that was not requested cannot be read. Nothing is to be
	 * guessed from its bytes.
	 * @throws MalformedResponseException if it is in such a coding
	 */
	void requireNoCoding() {
		String coding = coding();
		if (coding != null) {
			throw new MalformedResponseException("The gateway answered in the content coding '" + coding
					+ "', which it was not asked for; look for a proxy that compresses on the way to it", null);
		}
	}

	private @Nullable String coding() {
		String coding = this.headers.getFirst(HttpHeaders.CONTENT_ENCODING);
		return (coding == null || coding.isBlank() || coding.strip().equalsIgnoreCase("identity")) ? null
				: this.credentials.redact(coding.strip());
	}

	/**
	 * Read a JSON answer.
	 * @param body its bytes
	 * @return the JSON of a completion
	 * @throws ApertisException if it reports an error
	 */
	byte[] completion(byte[] body) {
		ApertisException error = error(body);
		if (error != null) {
			throw error;
		}
		return body;
	}

	/**
	 * Read the error that a JSON answer may tell.
	 * @return the error, {@code null} if it reports none
	 */
	@Nullable ApertisException error(byte[] body) {
		GatewayError error = GatewayErrorReader.read(body);
		return (error != null) ? exception(error.impliedStatus(), error, text(body)) : null;
	}

	/**
	 * Read a JSON answer as the events of a stream: of a whole completion one, with all
	 * of it, and of lines of JSON one each.
	 * @param protocol the protocol in which a stream was expected
	 * @throws ApertisException if it reports an error, or is no JSON
	 */
	byte[] events(byte[] body, ApiProtocol protocol) {
		String text = text(completion(body));
		List<JsonNode> values = new ArrayList<>();
		JsonNode whole = read(text);
		if (whole != null) {
			values.add(whole);
		}
		else {
			text.lines().filter((line) -> !line.isBlank()).map(NonStreamResponseReader::read).forEach(values::add);
		}
		StringBuilder events = new StringBuilder();
		for (JsonNode value : values) {
			if (value == null) {
				throw new MalformedChunkException("The gateway's answer is not the JSON of a completion");
			}
			if (!value.isObject()) {
				throw new MalformedResponseException("The gateway answered with JSON that is no completion", null);
			}
			events.append("data: ").append(protocol.toEvent(value)).append("\n\n");
		}
		return events.toString().getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * No parser of a text expects a byte order mark.
	 */
	private static String text(byte[] body) {
		String text = new String(body, StandardCharsets.UTF_8);
		return text.startsWith("\uFEFF") ? text.substring(1) : text;
	}

	private static @Nullable JsonNode read(String json) {
		try {
			return ONE_VALUE.readTree(json);
		}
		catch (JacksonException ex) {
			// that is the answer
			return null;
		}
	}

	/**
	 * Describe a response that is neither JSON nor an event stream. What it says in plain
	 * words is a message of the gateway, or of something on the way to it.
	 * @param body the beginning of its body
	 * @return what to fail with
	 */
	ApertisException other(byte[] body) {
		String text = new String(body, StandardCharsets.UTF_8).strip();
		if (text.isEmpty()) {
			return new MalformedResponseException("The gateway answered with an empty body", null);
		}
		if (text.startsWith("<") || text.chars().anyMatch(NonStreamResponseReader::isBinary)) {
			return page();
		}
		GatewayError error = inEvents(text);
		return (error != null) ? exception(error.impliedStatus(), error, text)
				: exception(BAD_GATEWAY, new GatewayError(text, null, null, null, 0), text);
	}

	/**
	 * The error in the events of a stream where none was expected.
	 */
	private static @Nullable GatewayError inEvents(String text) {
		return text.lines()
			.filter((line) -> line.startsWith(DATA))
			.map((line) -> GatewayErrorReader.read(line.substring(DATA.length()).strip()))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Describe a page in place of a response.
	 */
	ApertisException page() {
		String type = contentType();
		return new MalformedResponseException(
				"The gateway answered with " + (type.isEmpty() ? "something else" : this.credentials.redact(type))
						+ " instead of a completion; check " + Setting.BASE_URL + " and any proxy on the way to it",
				null);
	}

	private static boolean isBinary(int character) {
		return character == '\uFFFD'
				|| (character < ' ' && character != '\t' && character != '\r' && character != '\n');
	}

	private String contentType() {
		String type = this.headers.getFirst(HttpHeaders.CONTENT_TYPE);
		return (type != null) ? type.split("[;,]", 2)[0].strip() : "";
	}

	/**
	 * Fail with what an answer that is no success tells.
	 */
	<T> Mono<T> failure(ClientResponse response) {
		int status = response.statusCode().value();
		return DataBufferUtils
			.join(DataBufferUtils.takeUntilByteCount(response.body(BodyExtractors.toDataBuffers()), MAX_ERROR_BODY))
			.map(WholeBody::bytes)
			.timeout(ERROR_BODY_TIMEOUT)
			// the status says enough, if the body is empty, too slow or cut off
			.onErrorComplete()
			.defaultIfEmpty(new byte[0])
			.flatMap((body) -> {
				String text = new String(body, StandardCharsets.UTF_8);
				GatewayError read = (coding() == null) ? GatewayErrorReader.read(text) : null;
				GatewayError error = (read != null) ? read : describe(status, text);
				ApertisApiException failure = exception(status, error, text);
				String advice = advice(failure, response.request().getURI());
				if (advice != null) {
					failure.advise(this.credentials.redact(advice));
				}
				return Mono.error(failure);
			});
	}

	private static @Nullable String advice(ApertisApiException failure, URI uri) {
		if (failure.statusCode() == UNAUTHORIZED) {
			return "check the API key (" + Setting.API_KEY + ")";
		}
		// an unknown model has the same status
		GatewayError error = failure.error();
		boolean unexplained = error.code() == null && error.type() == null && !error.message().contains("model");
		boolean unknown = failure.statusCode() == NOT_FOUND || failure.statusCode() == METHOD_NOT_ALLOWED;
		return (unknown && (unexplained || UNKNOWN_ENDPOINT.equals(error.code()))) ? mistake(uri) : null;
	}

	/**
	 * Whoever answers does not know the endpoint: mostly, the base URL is wrong.
	 */
	private static String mistake(URI uri) {
		String path = String.valueOf(uri.getPath());
		String mistake = "check the base URL (" + Setting.BASE_URL + ")";
		if (VERSION_TWICE.matcher(path).find()) {
			mistake = "the version of the API is in it twice: take it out of the base URL (" + Setting.BASE_URL
					+ ") once";
		}
		else if (!VERSION.matcher(path).find()) {
			mistake = "the base URL (" + Setting.BASE_URL
					+ ") must probably end with the version of the API, such as /v1";
		}
		return "there is no such endpoint at " + uri + "; " + mistake;
	}

	private GatewayError describe(int status, String body) {
		String message = "HTTP " + status;
		String location = this.headers.getFirst(HttpHeaders.LOCATION);
		String coding = coding();
		if (status >= 300 && status < 400 && location != null) {
			message += ": the gateway is at " + location
					+ "; redirects are not followed, as they could hand on the key:" + " if that address is right, set "
					+ Setting.BASE_URL + " to it";
		}
		else if (coding != null) {
			message += ", with a body in the content coding '" + coding + "', which was not asked for";
		}
		else if (isPlainText(body)) {
			message += ": " + body.strip();
		}
		return new GatewayError(message, null, null, null, 0);
	}

	private boolean isPlainText(String body) {
		return contentType().equalsIgnoreCase("text/plain") && !body.isBlank() && body.length() <= MAX_TEXT_LENGTH
				&& !body.strip().startsWith("<") && body.chars().noneMatch(NonStreamResponseReader::isBinary);
	}

	private ApertisApiException exception(int status, GatewayError error, String body) {
		return ApertisApiException.of(status, error.redacted(this.credentials::redact),
				new HttpHeaders(this.credentials.redact(this.headers)), this.credentials.redact(body));
	}

}
