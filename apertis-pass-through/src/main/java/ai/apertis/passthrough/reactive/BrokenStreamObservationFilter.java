package ai.apertis.passthrough.reactive;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;

import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;

/**
 * Tells the server's own metric that a stream that is broken off is no success, though
 * its status, which was sent with its first bytes, says so.
 */
public final class BrokenStreamObservationFilter implements ObservationFilter {

	/** By this name an exchange has that its response is broken off. */
	static final String BROKEN = BrokenStreamObservationFilter.class.getName() + ".BROKEN";

	@Override
	public Observation.Context map(Observation.Context context) {
		if (context instanceof ServerRequestObservationContext server && server.getAttributes().containsKey(BROKEN)) {
			context.addLowCardinalityKeyValue(KeyValue.of("outcome", "SERVER_ERROR"));
		}
		return context;
	}

}
