package ai.apertis.passthrough.delivery;

import java.util.function.Consumer;

import reactor.util.context.Context;

/**
 * Errors that come when nobody waits for them any more. By default each is an error in
 * the log, which one for each client that goes would be too many.
 */
public final class DroppedErrors {

	/** Key of Reactor's hook for one subscriber. */
	private static final String KEY = "reactor.onErrorDropped.local";

	private DroppedErrors() {
	}

	/**
	 * Give the errors to somebody.
	 * @param context the context of the subscriber
	 * @param consumer takes the errors
	 * @return the context to use
	 */
	public static Context to(Context context, Consumer<Throwable> consumer) {
		return context.put(KEY, consumer);
	}

}
