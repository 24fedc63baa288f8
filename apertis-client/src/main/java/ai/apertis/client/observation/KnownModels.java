package ai.apertis.client.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * The models that the gateway has shown to know, by answering for them. The name of any
 * other is never used as a tag, so that no caller can make the meters grow.
 */
final class KnownModels {

	static final String OTHER = "other";

	private static final int MOST = 200;

	private static final int LONGEST = 100;

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	/**
	 * The gateway has answered for a model.
	 */
	String answered(@Nullable String model) {
		if (model != null && model.length() <= LONGEST && !this.names.contains(model) && this.names.size() < MOST) {
			this.names.add(model);
		}
		return tag(model);
	}

	String tag(@Nullable String model) {
		return (model != null && this.names.contains(model)) ? model : OTHER;
	}

}
