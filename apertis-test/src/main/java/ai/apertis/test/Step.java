package ai.apertis.test;

import java.time.Duration;

/**
 * One step of a reply.
 */
sealed interface Step {

	/**
	 * Write bytes, and flush them.
	 */
	record Write(byte[] bytes) implements Step {
	}

	/**
	 * Do nothing for a while.
	 */
	record Pause(Duration duration) implements Step {
	}

	/**
	 * Wait for {@link SimulatedGateway#release()}.
	 */
	record Hold() implements Step {
	}

	/**
	 * Write the same bytes again and again.
	 */
	record Repeat(byte[] bytes, long times, Duration interval) implements Step {
	}

	/**
	 * End the reply in a way that is no proper end.
	 */
	enum Break implements Step {

		/** Close the connection without the body's terminating chunk. */
		CUT,

		/** Reset the connection. */
		RESET,

		/** Leave the connection open and never send anything again. */
		STALL

	}

}
