package ai.apertis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A Redis of a test's own, where {@code redis-server} is installed.
 */
public final class RedisServer implements AutoCloseable {

	private static final String COMMAND = "redis-server";

	private int port;

	private final List<String> options;

	private Process process;

	private RedisServer(int port, List<String> options, Process process) {
		this.port = port;
		this.options = options;
		this.process = process;
	}

	/**
	 * Start a server, or skip the test where there is none. The build server has one.
	 */
	public static RedisServer start(String... options) throws IOException {
		boolean installed = Arrays.stream(System.getenv("PATH").split(":"))
			.anyMatch((folder) -> Files.isExecutable(Path.of(folder, COMMAND)));
		if (System.getenv("CI") == null) {
			Assumptions.assumeTrue(installed, "redis-server is not installed");
		}
		assertThat(installed).as("redis-server is installed").isTrue();
		int port = freePort();
		RedisServer server = new RedisServer(port, List.of(options), run(port, List.of(options)));
		server.awaitReady();
		return server;
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private static Process run(int port, List<String> options) throws IOException {
		List<String> command = new ArrayList<>(List.of(COMMAND, "--port", Integer.toString(port), "--save", "",
				"--appendonly", "no", "--dir", Files.createTempDirectory("redis").toString()));
		command.addAll(options);
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
	}

	/**
	 * Make a cluster of servers that were started for one.
	 */
	public static void formCluster(List<RedisServer> servers) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("redis-cli", "--cluster", "create"));
		servers.forEach((server) -> command.add("127.0.0.1:" + server.port()));
		command.add("--cluster-yes");
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).as(output).isZero();
		// each of them has to hear of the others
		Awaitility.await()
			.atMost(20, TimeUnit.SECONDS)
			.untilAsserted(() -> assertThat(servers)
				.allSatisfy((server) -> assertThat(server.lines("CLUSTER INFO")).contains("cluster_state:ok")));
	}

	private void awaitReady() {
		Awaitility.await()
			.atMost(20, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> command("PING").startsWith("+PONG"));
	}

	public int port() {
		return this.port;
	}

	/**
	 * Connect to it.
	 * @return the connections, to be destroyed
	 */
	public LettuceConnectionFactory connect() {
		return started(new LettuceConnectionFactory("localhost", this.port));
	}

	/**
	 * Connect to a cluster.
	 * @return the connections, to be destroyed
	 */
	public static LettuceConnectionFactory connect(List<RedisServer> cluster) {
		return started(new LettuceConnectionFactory(
				new RedisClusterConfiguration(cluster.stream().map((server) -> "127.0.0.1:" + server.port).toList())));
	}

	private static LettuceConnectionFactory started(LettuceConnectionFactory connections) {
		connections.afterPropertiesSet();
		connections.start();
		return connections;
	}

	/**
	 * Send a command, and return the first line of the answer.
	 */
	public String command(String command) throws IOException {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress("localhost", this.port), 1000);
			socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
			socket.setSoTimeout(5000);
			return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
				.readLine();
		}
	}

	/**
	 * Answer nothing for some time.
	 */
	public void pause(int millis) throws IOException {
		command("CLIENT PAUSE " + millis + " ALL");
	}

	/**
	 * End the server, and all that it has.
	 */
	public void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor();
	}

	/**
	 * Start it again, empty.
	 */
	public void restart() throws IOException {
		this.process = run(this.port, this.options);
		awaitReady();
	}

	/**
	 * Send a command, and return the lines of the answer.
	 */
	public List<String> lines(String command) throws IOException {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress("localhost", this.port), 1000);
			socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
			socket.setSoTimeout(5000);
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
		}
	}

	/**
	 * End the server, and let another one take over its address.
	 */
	public void replaceBy(RedisServer replica) throws IOException, InterruptedException {
		kill();
		replica.command("CONFIG SET port " + this.port);
		replica.port = this.port;
		replica.awaitReady();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
