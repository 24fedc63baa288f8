package ai.apertis.passthrough;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.concurrent.TimeUnit;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.TalkativeReplies;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The OpenAI SDK and the AI SDK for JavaScript, and the module for browsers, in Node.
 */
@BothStacks
class NodeClientsTests {

	private static final Path SOURCES = Path.of("src", "test", "node");

	@TempDir
	private static Path folder;

	@Parameter
	private WebApplicationType type;

	/**
	 * Where Node or the clients cannot be had the test is skipped, but never on the build
	 * server.
	 */
	@BeforeAll
	static void install() throws IOException, InterruptedException {
		boolean installed = find("node").isPresent() && find("npm").isPresent();
		if (installed) {
			for (String file : new String[] { "package.json", "package-lock.json", "clients.test.mjs",
					"client.test.mjs", "resume.test.mjs", "routes.test.mjs", "state.mjs", "ui.test.mjs" }) {
				Files.copy(SOURCES.resolve(file), folder.resolve(file));
			}
			Run install = Run.of(null, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
			installed = install.succeeded();
			if (System.getenv("CI") != null) {
				assertThat(installed).as(install.output()).isTrue();
			}
		}
		if (System.getenv("CI") != null) {
			assertThat(installed).as("Node and npm are installed on the build server").isTrue();
		}
		assumeTrue(installed, "Skipped: Node is not on the PATH, or npm cannot install the clients");
	}

	private static Optional<Path> find(String name) {
		return Arrays.stream(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
			.map((entry) -> Path.of(entry, name))
			.filter(Files::isExecutable)
			.findFirst();
	}

	@Test
	void clientsWorkUnchanged() throws IOException, InterruptedException {
		try (TestApplication application = start()) {
			assertPasses(application, "clients.test.mjs");
		}
	}

	@Test
	void theModuleForBrowsersWorks() throws IOException, InterruptedException {
		try (TestApplication application = start()) {
			try (RawExchange exchange = application.get("/apertis/client.js")) {
				assertThat(exchange.header("Content-Type")).isEqualTo("text/javascript;charset=UTF-8");
			}
			assertPasses(application, "client.test.mjs");
		}
	}

	@Test
	void clientsWorkOnTheirOwnProtocols() throws IOException, InterruptedException {
		try (TestApplication application = start("apertis.pass-through.routes=responses,messages,embeddings",
				"apertis.retry.max-retries=0")) {
			application.gateway().otherwise(TypedReplies::to);
			assertPasses(application, "routes.test.mjs");
		}
	}

	/**
	 * The chat of the hook, in the oldest versions that are strict and in the newest.
	 */
	@Test
	void useChatWorksInEachVersion() throws IOException, InterruptedException {
		try (TestApplication application = start()) {
			assertPasses(application, "ui.test.mjs");
		}
	}

	/**
	 * The module's answers and those of the hook, when the connection breaks, or the page
	 * is loaded again.
	 */
	@Test
	void answersGoOn() throws IOException, InterruptedException {
		try (TestApplication application = start("apertis.pass-through.resume.mode=on-request",
				"apertis.pass-through.resume.anonymous=true", "apertis.pass-through.ui.resume=true")) {
			assertPasses(application, "resume.test.mjs");
			Awaitility.await().until(() -> application.calls("completed") == 7);
		}
	}

	private static void assertPasses(TestApplication application, String script)
			throws IOException, InterruptedException {
		Run run = Run.of("http://localhost:" + application.port() + "/apertis/v1", "node", "--test", script);
		assertThat(run.succeeded()).as(run.output()).isTrue();
		List<RecordedRequest> aborted = application.gateway()
			.requests()
			.stream()
			.filter((request) -> request.body().contains("\"endless\""))
			.toList();
		assertThat(aborted).isNotEmpty();
		Awaitility.await()
			.atMost(Duration.ofSeconds(10))
			.until(() -> aborted.stream().allMatch((request) -> request.closedAt().isPresent()));
		assertThat(application.context().getBean(ActiveStreams.class).count()).isZero();
	}

	private static final String END = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
			+ "data: [DONE]\n\n";

	private static String raw(String content, String lineEnd) {
		return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + content + "\"}}]}" + lineEnd + lineEnd;
	}

	private TestApplication start(String... properties) {
		TestApplication application = TestApplication.start(this.type,
				List.of(TestApplication.Open.class, UiChatTests.Tools.class),
				Stream.concat(Stream.of("apertis.retry.max-retries=1", "apertis.retry.max-retry-after=30s",
						"apertis.pass-through.ui.enabled=true"), Stream.of(properties))
					.toArray(String[]::new));
		TalkativeReplies talkative = new TalkativeReplies(Duration.ofMillis(1));
		application.gateway().otherwise((request) -> {
			String model = request.method().equals("POST")
					? TestApplication.json(request.body()).path("model").asString("") : "";
			return switch (model) {
				case "endless" -> Reply.stream().repeat("on ", 1_000_000, Duration.ofMillis(5));
				case "count" -> Reply.stream()
					.paced(Duration.ofMillis(25), IntStream.range(0, 20).mapToObj((i) -> i + " ").toList())
					.finish("stop")
					.usage(5, 20)
					.done();
				case "cut" -> Reply.stream().content("cut ").cut();
				case "burst" -> Reply.answer("Hel", "lo", "!");
				case "carriage-returns" ->
					Reply.stream().raw(raw("Hel", "\r") + raw("lo", "\r") + END.replace('\n', '\r'));
				case "odd-cuts" -> Reply.stream()
					.byteByByte((raw("Hel", "\r\n") + raw("lo", "\n") + END).getBytes(StandardCharsets.UTF_8));
				case "two-choices" -> Reply.stream()
					.event("", "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"X\"},\"finish_reason\":\"stop\"}]}")
					.content("Hello")
					.finish("stop")
					.done();
				case "parts" -> Reply.stream()
					.event("",
							"{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Hello\"}]}}]}")
					.finish("stop")
					.done();
				case "web-search" -> Reply.stream()
					.event("",
							"{\"id\":\"web-search\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Searching\"}}]}")
					.content("Hello")
					.finish("stop")
					.done();
				case "ui-text" -> Reply.stream().content("Hel", "lo", "!").finish("stop").usage(7, 3).done();
				case "ui-rich" ->
					Reply.stream()
						.reasoning("Let me ", "see")
						.event("", UiChatTests.chunk("{\"content\":\"Rain\"}"))
						.event("", UiChatTests
							.chunk("{\"annotations\":[{\"type\":\"url_citation\",\"url\":\"https://a.example\"}],"
									+ "\"images\":[{\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}]}"))
						.finish("stop")
						.done();
				case "ui-page-tool" -> answered(request.body()) ? Reply.answer("At the sea")
						: Reply.stream()
							.toolCall(0, "call_1", "locate", "{\"exact\"", ":true}")
							.finish("tool_calls")
							.done();
				case "ui-server-tool" -> answered(request.body()) ? Reply.answer("Take an umbrella.")
						: Reply.stream()
							.content("Let me look.")
							.toolCall(0, "call_1", "weather", "{\"city\":\"Bern\"}")
							.finish("tool_calls")
							.done();
				case "ui-error" ->
					Reply.stream().content("It ").errorEvent("server_error", "overloaded", "Cluster 7 is busy");
				case "ui-cut" -> Reply.stream().content("It ").cut();
				case "no-json" -> Reply.stream().content("Hel").event("", "no json").done();
				case "half-characters" -> Reply.stream()
					.event("", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"owl \\ud83e\"}}]}")
					.event("", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\udd89!\"}}]}")
					.finish("stop")
					.done();
				case "wait-429" -> asksToWait(429, model);
				case "wait-503" -> asksToWait(503, model);
				case "fails-500" -> Reply.error(500, "server_error", "server_error", "Asked for " + model);
				case "bad-key" -> Reply.error(401, "authentication_error", "invalid_api_key", "Invalid API key");
				case "forbidden" -> Reply.error(403, "permission_error", "model_access_denied", "Not for you");
				case "unknown" -> Reply.error(404, "invalid_request_error", "model_not_found", "No such model");
				case "invalid" -> Reply.error(400, "invalid_request_error", "invalid_request", "Invalid request");
				default -> talkative.apply(request);
			};
		});
		return application;
	}

	private static boolean answered(String request) {
		return TestApplication.json(request)
			.path("messages")
			.valueStream()
			.anyMatch((message) -> message.path("role").asString().equals("tool"));
	}

	/**
	 * For longer than the first heartbeat is waited for.
	 */
	private static Reply asksToWait(int status, String model) {
		return Reply.error(status, "server_error", "busy", "Asked for " + model).header("Retry-After", "7");
	}

	/**
	 * A command that was run in the folder.
	 */
	private record Run(int exit, String output) {

		static Run of(String baseUrl, String... command) throws IOException, InterruptedException {
			Path output = Files.createTempFile(folder, "output", ".txt");
			ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile())
				.redirectErrorStream(true)
				.redirectOutput(output.toFile());
			if (baseUrl != null) {
				builder.environment().put("BASE_URL", baseUrl);
			}
			Process process = builder.start();
			boolean ended = process.waitFor(90, TimeUnit.SECONDS);
			if (!ended) {
				process.destroyForcibly().waitFor();
			}
			return new Run(ended ? process.exitValue() : -1, read(output));
		}

		private static String read(Path file) {
			try {
				return Files.readString(file);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		boolean succeeded() {
			return this.exit == 0;
		}

	}

}
