package ai.apertis.benchmarks.relay;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * A relay that is measured: as it is built here, or with the libraries of another build
 * of this project.
 *
 * @param contender which relay
 * @param libraries the folder with the other build's libraries, {@code null} for those of
 * this one
 */
record Subject(Contender contender, @Nullable Path libraries) {

	private static final String CLASS_PATH = "-cp";

	String title() {
		return this.contender.title() + ((this.libraries != null) ? ", other build" : "");
	}

	/**
	 * How to start it.
	 */
	List<String> command(int port, Backends backends, List<String> options) throws IOException {
		List<String> command = new ArrayList<>(this.contender.command(port, backends, options));
		if (this.libraries != null) {
			int classPath = command.indexOf(CLASS_PATH) + 1;
			command.set(classPath, replaced(command.get(classPath), this.libraries));
		}
		return command;
	}

	private static String replaced(String classPath, Path libraries) {
		return Arrays.stream(classPath.split(File.pathSeparator))
			.map((entry) -> replaced(Path.of(entry), libraries).toString())
			.collect(Collectors.joining(File.pathSeparator));
	}

	private static Path replaced(Path entry, Path libraries) {
		Path other = libraries.resolve(entry.getFileName());
		boolean ours = entry.getFileName().toString().startsWith("apertis-");
		return (ours && Files.isRegularFile(other)) ? other : entry;
	}

}
