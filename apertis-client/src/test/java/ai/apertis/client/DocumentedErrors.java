package ai.apertis.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The errors that the gateway documents, and the variants that are known. Where the
 * documentation is not beside this clone, there is one of each kind.
 */
final class DocumentedErrors {

	static final Path FILE = Path.of("..", "..", "shared", "wire", "errors.json");

	private static final String OWN = """
			{"errors":[{"status":429,"type":"rate_limit_error","code":"rate_limit_exceeded","message":"Slow down",
			"headers":{"Retry-After":"45"},"retryable":true,"body":{"error":{"message":"Slow down",
			"type":"rate_limit_error","code":"rate_limit_exceeded"}}}],
			"variants":[{"name":"detail","status":404,"content_type":"application/json",
			"body":"{\\"detail\\":\\"Not Found\\"}","expect":{"message":"Not Found","type":null,"code":null}}],
			"success_bodies":[{"name":"error","is_error":true,
			"body":"{\\"error\\":{\\"message\\":\\"quota exceeded\\"}}"}],
			"stream_errors":[{"name":"data-error-object","sse":"data: {\\"error\\":{\\"message\\":\\"Sorry\\",
			\\"type\\":\\"server_error\\"}}\\n\\n","message":"Sorry"}]}""".replace("\",\n", "\",");

	private DocumentedErrors() {
	}

	static Stream<JsonNode> rows(String kind) {
		try {
			String json = Files.exists(FILE) ? Files.readString(FILE) : OWN;
			return JsonMapper.shared().readTree(json).path(kind).valueStream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
