package ai.apertis.benchmarks.relay;

/**
 * What a relay did in one round.
 *
 * @param cpuPerEvent CPU time for each event, in microseconds
 * @param cpuPerStream CPU time for each stream that ended, in microseconds
 * @param eventsPerSecond events that came in a second
 * @param p50 how long half of the events were under way at the most, in microseconds
 * @param p99 the same for 99 of 100
 * @param failures streams that did not end as they should
 */
record Measurement(double cpuPerEvent, double cpuPerStream, double eventsPerSecond, double p50, double p99,
		long failures) {
}
