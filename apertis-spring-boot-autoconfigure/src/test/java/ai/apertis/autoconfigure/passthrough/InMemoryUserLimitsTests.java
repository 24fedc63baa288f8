package ai.apertis.autoconfigure.passthrough;

import java.time.Duration;

import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.limit.InMemoryUserLimits;
import ai.apertis.passthrough.limit.RateBuckets;
import ai.apertis.passthrough.test.UserLimitsContract;

/**
 * The {@link UserLimits} in memory.
 */
class InMemoryUserLimitsTests extends UserLimitsContract {

	@Override
	protected UserLimits limits(int maxStreams, long requestsPerMinute) {
		return new InMemoryUserLimits((maxStreams > 0) ? maxStreams : Integer.MAX_VALUE,
				(requestsPerMinute > 0) ? RateBuckets.refilledEvenly(requestsPerMinute, Duration.ofMinutes(1)) : null,
				this.reached::add);
	}

}
