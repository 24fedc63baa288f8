package ai.apertis.sample;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A real Prometheus, with the configuration that comes with the project.
 */
final class Prometheus implements AutoCloseable {

	private final HttpClient client = HttpClient.newHttpClient();

	private final Process process;

	private final int port;

	private Prometheus(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	/**
	 * Start a Prometheus that asks an application each second. Where none is installed
	 * the test is skipped, but never on the build server.
	 * @param configuration the folder of the configuration
	 * @param applicationPort the application's port
	 * @param folder where it may write
	 */
	static Prometheus start(Path configuration, int applicationPort, Path folder) throws IOException {
		Optional<Path> program = find("prometheus");
		if (System.getenv("CI") != null) {
			assertThat(program).as("Prometheus is installed on the build server").isPresent();
		}
		assumeTrue(program.isPresent(), "Skipped: no Prometheus is on the PATH");
		String text = Files.readString(configuration.resolve("prometheus.yaml"));
		assertThat(text).contains("host.docker.internal:8080").contains("scrape_interval: 5s");
		Files.writeString(folder.resolve("prometheus.yaml"),
				text.replace("host.docker.internal:8080", "localhost:" + applicationPort)
					.replace("scrape_interval: 5s", "scrape_interval: 1s"));
		Files.copy(configuration.resolve("alerts.yaml"), folder.resolve("alerts.yaml"));
		int port = freePort();
		Process process = new ProcessBuilder(program.get().toString(),
				"--config.file=" + folder.resolve("prometheus.yaml"), "--storage.tsdb.path=" + folder.resolve("data"),
				"--web.listen-address=localhost:" + port)
			.redirectErrorStream(true)
			.redirectOutput(folder.resolve("log").toFile())
			.start();
		return new Prometheus(process, port);
	}

	private static Optional<Path> find(String name) {
		return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
			.map((folder) -> Path.of(folder, name))
			.filter(Files::isExecutable)
			.findFirst();
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	/**
	 * Ask for a query's results.
	 * @param expression the query
	 * @return whether there is a result that is a number
	 */
	boolean answers(String expression) throws Exception {
		JsonNode answer = get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
		assertThat(answer.path("status").asString()).as(expression).isEqualTo("success");
		return answer.path("data")
			.path("result")
			.valueStream()
			.anyMatch((result) -> !result.path("value").path(1).asString().equals("NaN"));
	}

	/**
	 * Return the rules that it has read.
	 */
	JsonNode rules() throws Exception {
		return get("/api/v1/rules").path("data").path("groups").path(0).path("rules");
	}

	/**
	 * Return whether it can be asked yet.
	 */
	boolean isReady() throws Exception {
		assertThat(this.process.isAlive()).as("Prometheus runs").isTrue();
		try {
			return this.client.send(request("/-/ready"), BodyHandlers.discarding()).statusCode() == 200;
		}
		catch (java.net.ConnectException ex) {
			return false;
		}
	}

	private JsonNode get(String path) throws Exception {
		return JsonMapper.shared().readTree(this.client.send(request(path), BodyHandlers.ofString()).body());
	}

	private HttpRequest request(String path) {
		return HttpRequest.newBuilder(URI.create("http://localhost:" + this.port + path)).build();
	}

	@Override
	public void close() throws InterruptedException {
		this.process.destroy();
		assertThat(this.process.waitFor(20, TimeUnit.SECONDS)).as("Prometheus has ended").isTrue();
	}

}
