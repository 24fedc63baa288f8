package ai.apertis.benchmarks.micro;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.chat.ChunkDecoder;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.EventFraming;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.test.WireStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * What the steps of reading a recorded stream cost, each for the whole stream.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EventBenchmark {

	/** One of the streams that come with the simulated gateway. */
	@Param({ "text-with-usage", "reasoning", "tool-calls-parallel" })
	public String stream = "";

	private byte[] bytes = new byte[0];

	private final List<Event> events = new ArrayList<>();

	/**
	 * Read the recorded stream.
	 */
	@Setup
	public void read() {
		this.bytes = WireStream.bundled()
			.stream()
			.filter((recorded) -> recorded.name().equals(this.stream + ".sse"))
			.findFirst()
			.orElseThrow()
			.bytes();
		EventFraming framing = framing();
		for (Event event = framing.next(); event != null; event = framing.next()) {
			this.events.add(event);
		}
	}

	private EventFraming framing() {
		EventFraming framing = new EventFraming(1 << 20);
		framing.append(DefaultDataBufferFactory.sharedInstance.wrap(this.bytes));
		return framing;
	}

	/**
	 * Cut the bytes into events.
	 */
	@Benchmark
	public void framing(Blackhole sink) {
		EventFraming framing = framing();
		for (Event event = framing.next(); event != null; event = framing.next()) {
			sink.consume(event);
		}
	}

	/**
	 * Tell what the events mean.
	 */
	@Benchmark
	public void protocol(Blackhole sink) {
		ChatCompletionsProtocol protocol = new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS);
		for (Event event : this.events) {
			sink.consume(protocol.observe(event));
		}
	}

	/**
	 * Read the events into chunks.
	 */
	@Benchmark
	public void chunks(Blackhole sink) {
		ChunkDecoder decoder = new ChunkDecoder();
		for (Event event : this.events) {
			if (event.data()[event.dataStart()] == '{') {
				sink.consume(decoder.decode(event.data(), event.dataStart(), event.dataEnd()));
			}
		}
	}

}
