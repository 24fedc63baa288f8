package ai.apertis.benchmarks.tally;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Objects;

import ai.apertis.benchmarks.measure.Table;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application with nothing but the starter, its gateway, and its clients.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class TallyApplication {

	@Bean
	Tally tally() {
		return new Tally();
	}

	/**
	 * Make the calls, and print the table.
	 * @param args the number of calls, how many are made at a time, how far an estimate
	 * may be off, and the properties of the application
	 */
	public static void main(String[] args) throws InterruptedException {
		int calls = Integer.parseInt(args[0]);
		int atATime = Integer.parseInt(args[1]);
		boolean right;
		try (SimulatedGateway gateway = SimulatedGateway.start();
				ConfigurableApplicationContext application = new SpringApplicationBuilder(TallyApplication.class)
					.properties(Map.of("apertis.base-url", gateway.baseUrl()))
					.run(args)) {
			Tally tally = application.getBean(Tally.class);
			gateway.otherwise(tally::answer);
			Callers callers = new Callers(
					Integer.parseInt(
							Objects.requireNonNull(application.getEnvironment().getProperty("local.server.port"))),
					tally);
			// what is loaded and kept once is there after these
			callers.call(Math.min(calls / 10, 500), atATime);
			awaitEnd(application);
			forget(gateway, tally);
			long heap = heap();
			int threads = ManagementFactory.getThreadMXBean().getThreadCount();
			callers.call(calls - Math.min(calls / 10, 500), atATime);
			awaitEnd(application);
			forget(gateway, tally);
			right = print(tally, application.getBean(MeterRegistry.class), Double.parseDouble(args[2]));
			System.out.println();
			System.out.println("Calls under way " + active(application) + ", connections in use "
					+ busy(application.getBean(MeterRegistry.class)) + "; heap " + heap + " MB before and " + heap()
					+ " MB after, threads " + threads + " and " + ManagementFactory.getThreadMXBean().getThreadCount());
			right &= active(application) == 0 && busy(application.getBean(MeterRegistry.class)) == 0;
		}
		System.exit(right ? 0 : 1);
	}

	/**
	 * What the gateway remembers is not the application's.
	 */
	private static void forget(SimulatedGateway gateway, Tally tally) {
		gateway.reset();
		gateway.otherwise(tally::answer);
	}

	private static void awaitEnd(ConfigurableApplicationContext application) throws InterruptedException {
		for (int i = 0; i < 300 && active(application) > 0; i++) {
			Thread.sleep(100);
		}
		Thread.sleep(500);
	}

	private static int active(ConfigurableApplicationContext application) {
		return application.getBean(ChatObservations.class).activity().active();
	}

	private static double busy(MeterRegistry registry) {
		return registry.find("reactor.netty.connection.provider.active.connections")
			.gauges()
			.stream()
			.mapToDouble(Gauge::value)
			.sum();
	}

	private static long heap() {
		System.gc();
		return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20;
	}

	private static boolean print(Tally tally, MeterRegistry registry, double tolerance) {
		Table table = new Table("calls", "number", "records", "outcomes", "billed, in / out", "recorded, in / out",
				"share", "right");
		boolean right = true;
		int records = 0;
		for (Kind kind : Kind.values()) {
			table.row(tally.row(kind).cells(kind, tolerance));
			right &= tally.row(kind).isRight(kind, tolerance);
			records += tally.row(kind).records();
		}
		System.out.println(table);
		long timed = registry.find("gen_ai.client.inference.duration")
			.timers()
			.stream()
			.mapToLong((timer) -> timer.count())
			.sum();
		System.out.println();
		System.out.println(records + " records, " + timed + " in the timer");
		return right && records == timed;
	}

}
