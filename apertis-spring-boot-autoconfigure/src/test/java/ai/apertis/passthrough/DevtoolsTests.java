package ai.apertis.passthrough;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pass-through in an application that devtools have restarted, with classes that are
 * loaded anew.
 */
@BothStacks
class DevtoolsTests {

	@Parameter
	private WebApplicationType type;

	@Test
	void streamsBeforeAndAfterARestart(@TempDir Path folder) throws Exception {
		Path log = folder.resolve("log.txt");
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			gateway.otherwise((request) -> Reply.answer("one", "two"));
			Process process = start(gateway, folder, log);
			try {
				int first = awaitPort(process, folder.resolve("port-1"), log);
				assertStreams(first);
				try (RawExchange restart = RawExchange.send(first, "POST " + DevtoolsApplication.RESTART, new byte[0],
						List.of())) {
					assertThat(restart.status()).isEqualTo(200);
				}
				assertStreams(awaitPort(process, folder.resolve("port-2"), log));
				assertThat(Files.readString(log)).contains("restartedMain").doesNotContain(" ERROR ");
			}
			finally {
				process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
			}
		}
	}

	private Process start(SimulatedGateway gateway, Path folder, Path log) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
				DevtoolsApplication.class.getName(), "--server.port=0",
				"--spring.main.web-application-type=" + this.type.name().toLowerCase(), "--apertis.api-key=key",
				"--apertis.base-url=" + gateway.baseUrl(), "--apertis.pass-through.enabled=true",
				"--" + TestApplication.WITHOUT_JETTY, "--spring.devtools.livereload.enabled=false",
				"--" + DevtoolsApplication.FOLDER + "=" + folder)
			.redirectErrorStream(true)
			.redirectOutput(new File(log.toString()))
			.start();
	}

	private static int awaitPort(Process process, Path file, Path log) throws IOException {
		Awaitility.await("started, as " + log + " tells")
			.atMost(Duration.ofSeconds(90))
			.until(() -> !process.isAlive() || (Files.exists(file) && !Files.readString(file).isEmpty()));
		assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
		return Integer.parseInt(Files.readString(file));
	}

	private static void assertStreams(int port) throws IOException {
		try (RawExchange exchange = RawExchange.post(port, TestApplication.PATH, TestApplication.REQUEST)) {
			assertThat(exchange.status()).isEqualTo(200);
			assertThat(exchange.text()).contains("\"one\"", "\"two\"").endsWith("data: [DONE]\n\n");
			assertThat(exchange.isTerminated()).isTrue();
		}
	}

}
