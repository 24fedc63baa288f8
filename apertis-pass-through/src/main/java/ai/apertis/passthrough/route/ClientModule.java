package ai.apertis.passthrough.route;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.util.DigestUtils;

/**
 * The JavaScript module for browsers. It changes only with the version of this library,
 * and is revalidated by its ETag each time, so that none is stale.
 *
 * @param bytes its text
 * @param etag its tag
 */
public record ClientModule(byte[] bytes, String etag) {

	/** Where it is below the base path. */
	public static final String PATH = "/client.js";

	/** How it is served. */
	public static final MediaType TYPE = new MediaType("text", "javascript", StandardCharsets.UTF_8);

	/** How long it may be kept: for as long as it is asked for whether it has changed. */
	public static final CacheControl CACHING = CacheControl.noCache();

	private static final String FILE = "client.js";

	/**
	 * Read the module.
	 * @return the module
	 */
	public static ClientModule read() {
		try (InputStream in = ClientModule.class.getResourceAsStream(FILE)) {
			if (in == null) {
				throw new IllegalStateException("The resource " + FILE + " is missing beside "
						+ ClientModule.class.getName() + ": a native image needs a hint for it");
			}
			byte[] bytes = in.readAllBytes();
			return new ClientModule(bytes, '"' + DigestUtils.md5DigestAsHex(bytes) + '"');
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Brings the module into native images.
	 */
	public static final class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.resources().registerPattern(ClientModule.class.getPackageName().replace('.', '/') + "/" + FILE);
		}

	}

}
