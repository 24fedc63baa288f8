package ai.apertis.passthrough.resume;

import ai.apertis.passthrough.delivery.NothingToDeliverException;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.ErrorResponse;

/**
 * Errors of those who resume a stream. That there is nothing to resume is none: the
 * response is empty, at which a browser's {@code EventSource} does not come again.
 */
public final class ReplayErrors implements ErrorFormat {

	private static final int NO_CONTENT = 204;

	private final ErrorFormat original;

	/**
	 * Create the format.
	 * @param original the format of errors
	 */
	public ReplayErrors(ErrorFormat original) {
		this.original = original;
	}

	@Override
	public ErrorResponse response(Throwable failure) {
		return (failure instanceof NothingToDeliverException) ? ErrorResponse.empty(NO_CONTENT)
				: this.original.response(failure);
	}

	@Override
	public byte[] event(Throwable failure) {
		return this.original.event(failure);
	}

}
