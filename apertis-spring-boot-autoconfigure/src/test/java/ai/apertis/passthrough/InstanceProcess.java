package ai.apertis.passthrough;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import ai.apertis.test.SimulatedGateway;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.core.env.Environment;

/**
 * An instance of an application in a process of its own, which can be killed.
 */
final class InstanceProcess implements AutoCloseable {

	private static final String PORT = "port=";

	private final Process process;

	private final int port;

	private InstanceProcess(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	static InstanceProcess start(WebApplicationType type, SimulatedGateway gateway, Class<?> configuration,
			String... properties) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(System.getProperty("java.home") + "/bin/java", "-Dspring.devtools.restart.enabled=false", "-cp",
						System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
						InstanceProcess.class.getName(), type.name(), configuration.getName(), "--server.port=0",
						"--apertis.api-key=" + TestApplication.KEY, "--apertis.base-url=" + gateway.baseUrl(),
						"--apertis.pass-through.enabled=true", "--spring.main.banner-mode=off",
						"--" + TestApplication.WITHOUT_JETTY));
		Arrays.stream(properties).map((property) -> "--" + property).forEach(command::add);
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		return new InstanceProcess(process, port(process));
	}

	private static int port(Process process) throws IOException {
		BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		StringBuilder all = new StringBuilder();
		for (String line = out.readLine(); line != null; line = out.readLine()) {
			all.append(line).append('\n');
			if (line.startsWith(PORT)) {
				return Integer.parseInt(line.substring(PORT.length()));
			}
		}
		throw new IllegalStateException("The instance has not started: " + all);
	}

	public static void main(String... arguments) throws ClassNotFoundException {
		Environment environment = new SpringApplicationBuilder(TestApplication.Open.class, Class.forName(arguments[1]))
			.web(WebApplicationType.valueOf(arguments[0]))
			.run(Arrays.copyOfRange(arguments, 2, arguments.length))
			.getEnvironment();
		System.out.println(PORT + environment.getProperty("local.server.port"));
	}

	int port() {
		return this.port;
	}

	/**
	 * As {@code kill -9} does.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
