package ai.apertis.benchmarks.micro;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.protocol.ChatCompletionsProtocol;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import ai.apertis.passthrough.format.VerbatimFormat;
import io.netty.buffer.PooledByteBufAllocator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

/**
 * What it costs to relay one event: from the buffer in which it came to the one that goes
 * down.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RelayedEventBenchmark {

	private static final int EVENTS = 1_000;

	private static final byte[] EVENT = """
			data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",\
			"choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}

			""".getBytes(StandardCharsets.UTF_8);

	/** What the HTTP client gives: pooled memory outside of the heap, or the heap. */
	@Param({ "direct", "heap" })
	public String buffer = "";

	/** Whether each buffer holds a whole event, or half of one and half of the next. */
	@Param({ "whole", "split" })
	public String cut = "";

	private DataBufferFactory buffers = DefaultDataBufferFactory.sharedInstance;

	/**
	 * Choose the buffers.
	 */
	@Setup(Level.Trial)
	public void choose() {
		if (this.buffer.equals("direct")) {
			this.buffers = new NettyDataBufferFactory(new PooledByteBufAllocator(true));
		}
	}

	/**
	 * Relay a thousand events.
	 */
	@Benchmark
	@OperationsPerInvocation(EVENTS)
	public long relay() {
		EventStream events = new EventStream(StreamLimits.DEFAULTS,
				new ChatCompletionsProtocol(1, true, FinishReasons.DEFAULTS), (text) -> text, StreamListener.NONE);
		VerbatimFormat format = new VerbatimFormat(true, "", new OpenAiErrorFormat());
		int first = this.cut.equals("whole") ? 0 : EVENT.length / 2;
		Long bytes = Flux.range(0, EVENTS)
			.map((index) -> buffer(first, (index == 0) ? first : 0))
			.as((body) -> events.read(body, format))
			.map(RelayedEventBenchmark::release)
			.onErrorComplete()
			.reduce(0L, Long::sum)
			.block();
		return (bytes != null) ? bytes : 0;
	}

	/**
	 * One event's length of bytes, from somewhere within an event on.
	 */
	private DataBuffer buffer(int from, int without) {
		DataBuffer buffer = this.buffers.allocateBuffer(EVENT.length);
		if (without == 0) {
			buffer.write(EVENT, from, EVENT.length - from);
		}
		return buffer.write(EVENT, 0, from);
	}

	private static long release(DataBuffer bytes) {
		long length = bytes.readableByteCount();
		DataBufferUtils.release(bytes);
		return length;
	}

}
