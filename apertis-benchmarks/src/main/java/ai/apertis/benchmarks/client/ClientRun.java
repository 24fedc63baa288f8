package ai.apertis.benchmarks.client;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import ai.apertis.benchmarks.gateway.Script;
import ai.apertis.benchmarks.measure.Table;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * Reads streams in a process of its own, and prints what an event cost: CPU nanoseconds,
 * bytes allocated, and the microseconds to the first chunk.
 */
final class ClientRun {

	private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory
		.getOperatingSystemMXBean();

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	private final Reader reader;

	private final Script script;

	private final ExecutorService threads;

	private final int concurrency;

	private final AtomicLong streams = new AtomicLong();

	private final ConcurrentLinkedQueue<Long> firsts = new ConcurrentLinkedQueue<>();

	private ClientRun(Reader reader, Script script, int concurrency, boolean virtualThreads) {
		this.reader = reader;
		this.script = script;
		this.concurrency = concurrency;
		this.threads = virtualThreads
				? Executors.newFixedThreadPool(concurrency,
						new VirtualThreadTaskExecutor("reader-").getVirtualThreadFactory())
				: Executors.newFixedThreadPool(concurrency);
	}

	/**
	 * Run.
	 * @param args client, kind, events, pause in microseconds, streams at a time, port,
	 * seconds to warm up, seconds, rounds, whether to read on virtual threads
	 */
	public static void main(String[] args) throws Exception {
		Script script = new Script(Script.Kind.valueOf(args[1]), Integer.parseInt(args[2]), Long.parseLong(args[3]),
				(Long.parseLong(args[3]) == 0) ? 32 : 1);
		ClientRun run = new ClientRun(Contender.valueOf(args[0]).reader(Integer.parseInt(args[5])), script,
				Integer.parseInt(args[4]), Boolean.parseBoolean(args[9]));
		run.read(Integer.parseInt(args[6]));
		int rounds = Integer.parseInt(args[8]);
		double[] cpu = new double[rounds];
		double[] bytes = new double[rounds];
		for (int round = 0; round < rounds; round++) {
			run.streams.set(0);
			run.firsts.clear();
			long cpuBefore = SYSTEM.getProcessCpuTime();
			long bytesBefore = allocated();
			run.read(Integer.parseInt(args[7]));
			double events = (double) run.streams.get() * script.events();
			cpu[round] = (SYSTEM.getProcessCpuTime() - cpuBefore) / events;
			bytes[round] = (allocated() - bytesBefore) / events;
		}
		double first = Table.median(run.firsts.stream().mapToDouble((nanos) -> nanos / 1000.0).toArray());
		System.out.printf("RESULT %.0f %.0f %.0f%n", Table.median(cpu), Table.median(bytes), first);
		System.exit(0);
	}

	private static long allocated() {
		long sum = 0;
		for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
			sum += Math.max(bytes, 0);
		}
		return sum;
	}

	private void read(int seconds) throws Exception {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
		List<Future<?>> readers = new ArrayList<>();
		for (int i = 0; i < this.concurrency; i++) {
			readers.add(this.threads.submit(() -> {
				do {
					readOne();
				}
				while (System.nanoTime() < end);
				return null;
			}));
		}
		for (Future<?> reader : readers) {
			reader.get();
		}
	}

	private void readOne() throws Exception {
		AtomicBoolean begun = new AtomicBoolean();
		long start = System.nanoTime();
		this.reader.read(this.script, () -> {
			if (!begun.get()) {
				begun.set(true);
				this.firsts.add(System.nanoTime() - start);
			}
		});
		if (!begun.get()) {
			throw new IllegalStateException("No chunk has come");
		}
		this.streams.incrementAndGet();
	}

}
