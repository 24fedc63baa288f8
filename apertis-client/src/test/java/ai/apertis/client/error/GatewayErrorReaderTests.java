package ai.apertis.client.error;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Errors in all the shapes in which they are sent.
 */
class GatewayErrorReaderTests {

	private static final Path DOCUMENTED = Path.of("..", "..", "shared", "wire", "errors.json");

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{"error":{"message":"m","type":"t","code":"c","param":"p"}}           | m         | t         | c   | p
					{"error":{"message":"m"}}                                             | m         |           |     |
					{"error":{"message":"m","type":"t","param":null,"code":null}}         | m         | t         |     |
					{"error":{"code":502,"message":"m","metadata":{"raw":"x"}}}           | m         |           | 502 |
					[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]    | m         |           | 400 |
					{"error":"m","error_type":"validation"}                               | m         |           |     |
					{"object":"error","message":"m","type":"t","param":null,"code":500}   | m         | t         | 500 |
					{"detail":"m"}                                                        | m         |           |     |
					{"type":"error","error":{"type":"overloaded_error","message":"m"}}    | m         | overloaded_error | |
					{"error":{"code":"rate_limit_exceeded"}}                              | rate_limit_exceeded | | rate_limit_exceeded |
					""")
	void readsEachShape(String body, String message, String type, String code, String param) {
		GatewayError error = GatewayErrorReader.read(body);
		assertThat(error).isNotNull();
		assertThat(error.message()).isEqualTo(message);
		assertThat(error.type()).isEqualTo(type);
		assertThat(error.code()).isEqualTo(code);
		assertThat(error.param()).isEqualTo(param);
		assertThat(GatewayErrorReader.read(body.getBytes(StandardCharsets.UTF_8))).isEqualTo(error);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "<html></html>", "plain text", "{", "[]", "null", "7", "{}", "{\"error\":null}",
			"{\"error\":{}}", "{\"error\":{\"message\":\"\",\"type\":\"\",\"param\":\"\",\"code\":null}}",
			"{\"choices\":[],\"detail\":\"x\"}", "{\"choices\":[", "{\"choices\":[{\"choices\":[{\"error\":\"m\"}]}]}",
			"{\"error\":{\"message\":\"m\"}} {}", "{\"error\":{\"message\":\"m\"}}\n{\"a\":1}",
			"{\"error\":{\"message\":\"m\"}", "[{\"error\":{\"message\":\"m\"}}] 1", "[{\"error\":{\"message\":\"m\"}}",
			"[[{\"error\":{\"message\":\"m\"}}]]", "[1,{\"error\":{\"message\":\"m\"}}]",
			"{\"error\":{\"message\":\"m\"}}," })
	void readsNoErrorWhereThereIsNone(String body) {
		assertThat(GatewayErrorReader.read(body)).isNull();
		assertThat(GatewayErrorReader.read(body.getBytes(StandardCharsets.UTF_8))).isNull();
	}

	@Test
	void readsAnErrorBesideAnAnswer() {
		for (String body : new String[] {
				"{\"id\":\"c\",\"choices\":[7,{\"message\":{\"content\":[{\"error\":\"no\"}]},\"error\":{\"message\":\"m\"}}],\"usage\":{}}",
				"{\"choices\":{\"0\":{\"error\":\"m\"}}}", "{\"choices\":[],\"x\":[[]],\"error\":\"m\"}",
				"[{\"error\":\"m\"},[{}],{\"error\":\"other\"}]" }) {
			assertThat(GatewayErrorReader.read(body.getBytes(StandardCharsets.UTF_8))).extracting(GatewayError::message)
				.isEqualTo("m");
		}
		String answer = "{\"choices\":[{\"message\":{\"content\":\"x\",\"error\":\"no\"},\"error\":null}],\"a\":{\"error\":\"no\"}}";
		assertThat(GatewayErrorReader.read(answer.getBytes(StandardCharsets.UTF_8))).isNull();
	}

	@Test
	void readsAnErrorThatIsNoUtf8() {
		byte[] body = "{\"error\":{\"message\":\"d\u00e9faut\"}}".getBytes(StandardCharsets.ISO_8859_1);
		assertThat(GatewayErrorReader.read(body)).extracting(GatewayError::message).isEqualTo("d\uFFFDfaut");
	}

	@ParameterizedTest
	@CsvSource({ "400,InvalidRequestException,false", "401,AuthenticationException,false", "402,BillingException,false",
			"403,PermissionException,false", "404,NotFoundException,false", "408,ApertisApiException,true",
			"413,InvalidRequestException,false", "422,InvalidRequestException,false", "429,RateLimitException,true",
			"500,GatewayException,true", "501,GatewayException,false", "502,GatewayException,true",
			"503,GatewayException,true", "504,GatewayException,true", "529,GatewayException,true" })
	void decidesByTheStatusFirst(int status, String type, boolean retryable) {
		ApertisApiException exception = ApertisApiException.of(status,
				new GatewayError("m", "server_error", "odd", null, 0), new HttpHeaders(), "");
		assertThat(exception.getClass().getSimpleName()).isEqualTo(type);
		assertThat(exception.isRetryable()).isEqualTo(retryable);
	}

	@Test
	void takesAnExhaustedQuotaForABillOnly() {
		ApertisApiException exception = ApertisApiException.of(429,
				new GatewayError("m", "insufficient_quota", "insufficient_quota", null, 0), new HttpHeaders(), "");
		assertThat(exception).isInstanceOf(BillingException.class);
		assertThat(exception.isRetryable()).isFalse();
	}

	@ParameterizedTest
	@MethodSource("documented")
	void readsEveryDocumentedError(JsonNode documented) {
		GatewayError error = GatewayErrorReader.read(documented.path("body").toString());
		assertThat(error).isNotNull();
		assertThat(error.message()).isEqualTo(documented.path("message").asString());
		assertThat(error.type()).isEqualTo(documented.path("type").asString());
		assertThat(error.code()).isEqualTo(documented.path("code").asString());
		assertThat(error.param()).isEqualTo(documented.path("param").asString(null));
		ApertisApiException exception = ApertisApiException.of(documented.path("status").asInt(), error,
				new HttpHeaders(), "");
		assertThat(exception.isRetryable()).isEqualTo(documented.path("retryable").asBoolean());
		assertThat(ApertisApiException.of(error.impliedStatus(), error, new HttpHeaders(), "").getClass())
			.isEqualTo(exception.getClass());
	}

	/**
	 * One that stands here, and all that are documented, where the documentation is
	 * beside this clone.
	 */
	static Stream<JsonNode> documented() throws IOException {
		JsonNode own = JsonMapper.shared().readTree("""
				{"status":400,"message":"m","type":"invalid_request_error","code":"invalid_parameter",
				"param":"temperature","retryable":false,"body":{"error":{"message":"m",
				"type":"invalid_request_error","code":"invalid_parameter","param":"temperature"}}}""");
		return Files.exists(DOCUMENTED)
				? Stream.concat(Stream.of(own),
						JsonMapper.shared().readTree(Files.readAllBytes(DOCUMENTED)).path("errors").valueStream())
				: Stream.of(own);
	}

	@Test
	void readsTheRateLimit() {
		HttpHeaders headers = new HttpHeaders();
		headers.set("X-RateLimit-Limit", "1500");
		headers.set("X-RateLimit-Remaining", "0");
		headers.set("X-RateLimit-Reset", "1703894400");
		headers.set("x-request-id", "req-1");
		RateLimitException exception = (RateLimitException) ApertisApiException.of(429,
				new GatewayError("m", null, null, null, 0), headers, "");
		assertThat(exception.limit()).hasValue(1500);
		assertThat(exception.remaining()).hasValue(0);
		assertThat(exception.reset()).contains(Instant.parse("2023-12-30T00:00:00Z"));
		assertThat(exception.requestId()).contains("req-1");
		headers.set("X-RateLimit-Reset", "6s");
		RateLimitException odd = (RateLimitException) ApertisApiException.of(429, exception.error(), headers, "");
		assertThat(odd.reset()).isEmpty();
	}

}
