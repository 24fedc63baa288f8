package ai.apertis.passthrough.route;

import java.util.Set;

import ai.apertis.passthrough.RefusedException;

/**
 * Translation of one request into the form of the gateway's protocol.
 */
public interface Translation {

	/** Leaves a request as it is. */
	Translation NONE = new Translation() {

		@Override
		public Set<String> members() {
			return Set.of();
		}

		@Override
		public RequestBody translate(RequestBody request) {
			return request;
		}

	};

	/**
	 * Return what is translated, so that a gateway cannot mistake any name inside of it.
	 * @return the names of members of the request
	 */
	Set<String> members();

	/**
	 * Translate a request.
	 * @param request the request as it came
	 * @return the request to the gateway
	 * @throws RefusedException if it cannot be translated
	 */
	RequestBody translate(RequestBody request);

}
