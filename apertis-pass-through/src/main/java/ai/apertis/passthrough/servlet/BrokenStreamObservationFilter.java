package ai.apertis.passthrough.servlet;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;

import org.springframework.http.server.observation.ServerRequestObservationContext;

/**
 * Tells the server's own metric that a stream that is broken off is no success, though
 * its status, which was sent with its first bytes, says so.
 */
public final class BrokenStreamObservationFilter implements ObservationFilter {

	@Override
	public Observation.Context map(Observation.Context context) {
		if (context instanceof ServerRequestObservationContext server && server.getCarrier() != null
				&& BrokenStreamFilter.isBrokenOff(server.getCarrier())) {
			context.addLowCardinalityKeyValue(KeyValue.of("outcome", "SERVER_ERROR"));
		}
		return context;
	}

}
