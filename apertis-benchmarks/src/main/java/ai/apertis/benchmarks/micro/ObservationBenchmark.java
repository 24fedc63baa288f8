package ai.apertis.benchmarks.micro;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ChunkTimingObservationHandler;
import ai.apertis.client.observation.ObservedRequest;
import ai.apertis.client.observation.ServerAddress;
import ai.apertis.client.observation.TokenUsageObservationHandler;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.wire.FinishReasons;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;

/**
 * What it costs for each event that a stream of 1,000 is observed, from its start to its
 * end, while another thread does the same.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@Threads(2)
public class ObservationBenchmark {

	private static final int EVENTS = 1_000;

	private static final ServerAddress SERVER = new ServerAddress("localhost", 80);

	private static final byte[] REQUEST = "{\"model\":\"m\",\"stream\":true}".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] EVENT = ("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
			+ "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}]}\n\n")
		.getBytes(StandardCharsets.US_ASCII);

	/** Whether there are meters. */
	@Param({ "false", "true" })
	public boolean observed;

	private ChatObservations observations = new ChatObservations(ObservationRegistry.NOOP, null);

	/**
	 * Set the meters up that the starter has.
	 */
	@Setup
	public void register() {
		if (this.observed) {
			PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig()
				.observationHandler(new DefaultMeterObservationHandler(meters))
				.observationHandler(new ChunkTimingObservationHandler(meters))
				.observationHandler(new TokenUsageObservationHandler(meters));
			this.observations = new ChatObservations(registry, null);
		}
	}

	/**
	 * Read a stream, each event of which comes by itself.
	 */
	@Benchmark
	@OperationsPerInvocation(EVENTS)
	public void stream(Blackhole sink) {
		EventStream events = new EventStream(StreamLimits.DEFAULTS,
				new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS), (text) -> text,
				this.observations.start(
						new ObservedRequest(ChatCompletionsApi.request("m", 1, true, REQUEST), SERVER, (name) -> null),
						Context.empty()));
		events.onResponse(new HttpHeaders());
		for (int i = 0; i < EVENTS; i++) {
			events.append(DefaultDataBufferFactory.sharedInstance.wrap(EVENT));
			for (Event event = events.next(); event != null; event = events.next()) {
				sink.consume(event);
			}
		}
		events.bodyEnded();
		sink.consume(events.next());
	}

}
