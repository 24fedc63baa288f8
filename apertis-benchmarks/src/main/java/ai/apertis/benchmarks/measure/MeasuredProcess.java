package ai.apertis.benchmarks.measure;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A process that listens on a port, and what it costs.
 */
public final class MeasuredProcess implements AutoCloseable {

	private static final long MILLIS_OF_A_TICK = 10;

	private static final Pattern COLLECTOR = Pattern.compile("GC Thread|G1 ");

	private final Process process;

	private final int port;

	private final Path log;

	private @Nullable Allocation allocation;

	private MeasuredProcess(Process process, int port, Path log) {
		this.process = process;
		this.port = port;
		this.log = log;
	}

	/**
	 * Start a process.
	 * @param port where it will listen
	 * @param command what to start
	 */
	public static MeasuredProcess start(int port, List<String> command) throws IOException {
		Path log = Files.createTempFile("apertis-benchmark", ".log");
		log.toFile().deleteOnExit();
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
		// nothing is left behind, however this process ends
		Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
		return new MeasuredProcess(process, port, log);
	}

	/**
	 * Compose the command that starts a class on a Java of its own, with a part of this
	 * process's class path.
	 * @param options options of the virtual machine
	 * @param without the libraries that it does not get, as a pattern of their names
	 * @param main the class to start
	 * @param args its arguments
	 */
	public static List<String> java(List<String> options, String without, Class<?> main, List<String> args) {
		Pattern unwanted = Pattern.compile(without);
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !unwanted.matcher(Path.of(entry).getFileName().toString()).matches())
			.collect(Collectors.joining(File.pathSeparator));
		List<String> command = new ArrayList<>(List.of(tool("java"), "-cp", classPath));
		command.addAll(options);
		command.add(main.getName());
		command.addAll(args);
		return command;
	}

	/**
	 * A port that nobody uses.
	 */
	public static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private static String tool(String name) {
		return Path.of(System.getProperty("java.home"), "bin", name).toString();
	}

	/**
	 * Wait until it listens.
	 */
	public MeasuredProcess awaitPort() throws IOException, InterruptedException {
		for (int i = 0; i < 1200; i++) {
			if (!this.process.isAlive()) {
				throw new IOException("It has ended: " + Files.readString(this.log));
			}
			try (Socket socket = new Socket()) {
				socket.connect(new InetSocketAddress("127.0.0.1", this.port), 1000);
				return this;
			}
			catch (IOException ex) {
				Thread.sleep(50);
			}
		}
		throw new IOException("It does not listen: " + Files.readString(this.log));
	}

	/**
	 * The port that it listens on.
	 */
	public int port() {
		return this.port;
	}

	/**
	 * What it has written.
	 */
	public String log() throws IOException {
		return Files.readString(this.log);
	}

	/**
	 * The CPU time that it has used, in user mode and in the kernel, with its children.
	 */
	public Duration cpu() {
		return processes().map((handle) -> handle.info().totalCpuDuration().orElse(Duration.ZERO))
			.reduce(Duration.ZERO, Duration::plus);
	}

	/**
	 * The bytes that the living threads of a Java have allocated, {@code NaN} if it is
	 * none.
	 */
	public double allocated() throws IOException {
		if (!isJava()) {
			return Double.NaN;
		}
		if (this.allocation == null) {
			this.allocation = Allocation.of(this.process.pid());
		}
		return this.allocation.bytes();
	}

	/**
	 * The CPU time of the threads that collect garbage, as Linux tells it, else zero.
	 */
	public Duration collection() throws IOException {
		Path tasks = Path.of("/proc", String.valueOf(this.process.pid()), "task");
		if (!Files.isDirectory(tasks)) {
			return Duration.ZERO;
		}
		long ticks = 0;
		try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
			for (Path thread : threads) {
				ticks += collection(Files.readString(thread.resolve("stat")));
			}
		}
		return Duration.ofMillis(ticks * MILLIS_OF_A_TICK);
	}

	/**
	 * Ticks in user mode and in the kernel, the 14th and 15th field.
	 */
	private static long collection(String stat) {
		int nameEnd = stat.lastIndexOf(')');
		if (!COLLECTOR.matcher(stat.substring(stat.indexOf('(') + 1, nameEnd)).lookingAt()) {
			return 0;
		}
		String[] fields = stat.substring(nameEnd + 2).split(" ");
		return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
	}

	/**
	 * The threads that it has, as Linux tells it.
	 */
	public int threads() throws IOException {
		return count("task");
	}

	/**
	 * The files and connections that it has open, as Linux tells it.
	 */
	public int files() throws IOException {
		return count("fd");
	}

	private int count(String what) throws IOException {
		try (Stream<Path> entries = Files.list(Path.of("/proc", String.valueOf(this.process.pid()), what))) {
			return (int) entries.count();
		}
	}

	private boolean isJava() {
		return this.process.info().command().orElse("").endsWith("java");
	}

	private Stream<ProcessHandle> processes() {
		return Stream.concat(Stream.of(this.process.toHandle()), this.process.descendants());
	}

	/**
	 * What it holds in memory: the living objects of a Java, else the resident memory.
	 */
	public long memory() throws IOException, InterruptedException {
		if (!isJava()) {
			long kilobytes = 0;
			for (ProcessHandle handle : processes().toList()) {
				kilobytes += Long.parseLong(output("ps", "-o", "rss=", "-p", String.valueOf(handle.pid())).strip());
			}
			return kilobytes * 1024;
		}
		// the histogram collects the garbage first
		String[] lines = output(tool("jcmd"), String.valueOf(this.process.pid()), "GC.class_histogram").strip()
			.split("\n");
		String[] total = lines[lines.length - 1].strip().split("\\s+");
		return Long.parseLong(total[2]);
	}

	private static String output(String... command) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes());
		if (process.waitFor() != 0) {
			throw new IOException(String.join(" ", command) + ": " + output);
		}
		return output;
	}

	@Override
	public void close() throws InterruptedException {
		closeAllocation();
		this.process.destroy();
		if (!this.process.waitFor(10, TimeUnit.SECONDS)) {
			this.process.destroyForcibly().waitFor();
		}
	}

	private void closeAllocation() {
		try {
			if (this.allocation != null) {
				this.allocation.close();
			}
		}
		catch (IOException ex) {
			// it has ended by itself
			System.err.println(ex);
		}
	}

}
