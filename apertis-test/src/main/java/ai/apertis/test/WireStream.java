package ai.apertis.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Recorded stream, and what a correct client makes of it.
 *
 * @param name the stream's file
 * @param bytes the body, byte for byte
 * @param expected what it decodes to, as its {@code index.json} says
 */
public record WireStream(String name, byte[] bytes, JsonNode expected) {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String INDEX = "index.json";

	/**
	 * Return the streams that come with this library: small ones, each showing a rule of
	 * the protocol or a habit of a provider.
	 * @return the streams
	 */
	public static List<WireStream> bundled() {
		return read((name) -> {
			try (InputStream in = WireStream.class.getResourceAsStream("streams/" + name)) {
				if (in == null) {
					throw new IllegalStateException("The library lacks its resource " + name);
				}
				return in.readAllBytes();
			}
		});
	}

	/**
	 * Return the streams in a folder.
	 * @param folder a folder with streams and the {@code index.json} that tells of them
	 * @return the streams
	 */
	public static List<WireStream> in(Path folder) {
		return read((name) -> Files.readAllBytes(folder.resolve(name)));
	}

	private static List<WireStream> read(Source source) {
		try {
			List<WireStream> streams = new ArrayList<>();
			for (JsonNode entry : JSON.readTree(source.read(INDEX)).path("streams")) {
				String name = entry.path("file").asString();
				streams.add(new WireStream(name, source.read(name), entry.path("expect")));
			}
			return streams;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

	private interface Source {

		byte[] read(String name) throws IOException;

	}

}
