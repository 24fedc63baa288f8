package ai.apertis.passthrough.delivery;

import ai.apertis.client.error.ApertisException;
import ai.apertis.passthrough.RefusedException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Logs failures of the application itself, which are not disclosed to clients. Refusals
 * are no failures, and calls log their own.
 */
public final class UnexpectedFailure {

	private static final Log logger = LogFactory.getLog(UnexpectedFailure.class);

	private UnexpectedFailure() {
	}

	/**
	 * Log a failure, unless it is one of those that are expected.
	 * @param failure the failure
	 */
	public static void log(Throwable failure) {
		if (!(failure instanceof RefusedException || failure instanceof ApertisException
				|| failure instanceof NothingToDeliverException)) {
			logger.error("The pass-through has failed", failure);
		}
	}

}
