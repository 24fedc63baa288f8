package ai.apertis.client.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * A bounded set of names that may become tags of meters, so that no caller can make the
 * meters grow. All others are {@link #OTHER}. Safe for use by several threads.
 */
public final class BoundedNames {

	/** What stands for all names that are not known. */
	public static final String OTHER = "other";

	private static final int MAX_LENGTH = 100;

	private final int max;

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	/**
	 * Create an empty set.
	 * @param max how many names there may be
	 */
	public BoundedNames(int max) {
		this.max = max;
	}

	/**
	 * Take a name up, if there is room for it.
	 * @param name the name, possibly {@code null}
	 * @return the name for a tag
	 */
	public String add(@Nullable String name) {
		if (name != null && name.length() <= MAX_LENGTH && !this.names.contains(name) && this.names.size() < this.max) {
			this.names.add(name);
		}
		return tag(name);
	}

	/**
	 * Look a name up.
	 * @param name the name, possibly {@code null}
	 * @return the name for a tag
	 */
	public String tag(@Nullable String name) {
		return (name != null && this.names.contains(name)) ? name : OTHER;
	}

}
