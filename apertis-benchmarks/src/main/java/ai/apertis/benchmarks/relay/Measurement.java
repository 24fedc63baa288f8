package ai.apertis.benchmarks.relay;

import java.io.IOException;

import ai.apertis.benchmarks.load.Load;
import ai.apertis.benchmarks.measure.MeasuredProcess;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a relay did in one round.
 *
 * @param cpuPerEvent CPU time for each event, in microseconds
 * @param cpuPerStream CPU time for each stream that ended, in microseconds
 * @param storeCpuPerEvent the same of the process that stores the streams for each event,
 * {@code NaN} if there is none
 * @param eventsPerSecond events that came in a second
 * @param bytesPerEvent what a virtual machine allocates for each event, {@code NaN} for
 * others
 * @param collection the share of its garbage collection in its CPU time, in percent
 * @param p50 how long half of the events were under way at most, in microseconds
 * @param p99 the same for 99 of 100
 * @param failures streams that did not end as they should
 */
record Measurement(double cpuPerEvent, double cpuPerStream, double storeCpuPerEvent, double eventsPerSecond,
		double bytesPerEvent, double collection, double p50, double p99, long failures) {

	/**
	 * Measure for some time.
	 * @param process what does it
	 * @param store what stores the streams, {@code null} if nothing does
	 * @param scenario what is asked of it
	 * @param load who asks
	 * @param seconds for how long, once it goes evenly
	 */
	static Measurement of(MeasuredProcess process, @Nullable MeasuredProcess store, Scenario scenario, Load load,
			int seconds) throws IOException, InterruptedException {
		Thread.sleep(scenario.settle() * 1000L);
		load.delays();
		long events = load.events();
		long streams = load.streams();
		double allocated = process.allocated();
		double collection = process.collection().toNanos() / 1000.0;
		double storeCpu = micros(store);
		double cpu = process.cpu().toNanos() / 1000.0;
		long start = System.nanoTime();
		Thread.sleep(seconds * 1000L);
		double passed = (System.nanoTime() - start) / 1e9;
		cpu = process.cpu().toNanos() / 1000.0 - cpu;
		storeCpu = micros(store) - storeCpu;
		collection = process.collection().toNanos() / 1000.0 - collection;
		allocated = process.allocated() - allocated;
		events = load.events() - events;
		streams = load.streams() - streams;
		Histogram delays = load.delays();
		return new Measurement(cpu / events, cpu / streams, storeCpu / events, events / passed, allocated / events,
				100 * collection / cpu, delays.getValueAtPercentile(50), delays.getValueAtPercentile(99),
				load.failures());
	}

	private static double micros(@Nullable MeasuredProcess process) {
		return (process != null) ? process.cpu().toNanos() / 1000.0 : Double.NaN;
	}

}
