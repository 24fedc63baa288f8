package ai.apertis.benchmarks.micro;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.protocol.MessagesApi;
import ai.apertis.client.protocol.ResponsesApi;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import ai.apertis.client.stream.StreamProtocol;
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

	private static final OpenAiErrorFormat ERRORS = new OpenAiErrorFormat();

	private static final String CHAT = """
			data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",\
			"choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}

			""";

	private static final String RESPONSES = """
			event: response.output_text.delta
			data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,\
			"delta":" token"}

			""";

	private static final String MESSAGES = """
			event: content_block_delta
			data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token"}, "id":"123456789"}

			""";

	/** In whose events the answer comes; all are about as long. */
	@Param({ "chat", "responses", "messages" })
	public String protocol = "";

	private byte[] event = new byte[0];

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
		this.event = (switch (this.protocol) {
			case "responses" -> RESPONSES;
			case "messages" -> MESSAGES;
			default -> CHAT;
		}).getBytes(StandardCharsets.UTF_8);
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
		EventStream events = new EventStream(StreamLimits.DEFAULTS, judge(), (text) -> text, StreamListener.NONE);
		VerbatimFormat format = this.protocol.equals("responses") ? VerbatimFormat.ofResponses(ERRORS)
				: new VerbatimFormat(true, "", ERRORS);
		int first = this.cut.equals("whole") ? 0 : this.event.length / 2;
		Long bytes = Flux.range(0, EVENTS)
			.map((index) -> buffer(first, (index == 0) ? first : 0))
			.as((body) -> events.read(body, format))
			.map(RelayedEventBenchmark::release)
			.onErrorComplete()
			.reduce(0L, Long::sum)
			.block();
		return (bytes != null) ? bytes : 0;
	}

	private StreamProtocol judge() {
		return (switch (this.protocol) {
			case "responses" -> ResponsesApi.request("m", true, this.event);
			case "messages" -> MessagesApi.request("m", true, this.event);
			default -> ChatCompletionsApi.request("m", 1, true, this.event);
		}).protocol().start(1, StreamLimits.DEFAULTS);
	}

	/**
	 * One event's length of bytes, from somewhere within an event on.
	 */
	private DataBuffer buffer(int from, int without) {
		DataBuffer buffer = this.buffers.allocateBuffer(this.event.length);
		if (without == 0) {
			buffer.write(this.event, from, this.event.length - from);
		}
		return buffer.write(this.event, 0, from);
	}

	private static long release(DataBuffer bytes) {
		long length = bytes.readableByteCount();
		DataBufferUtils.release(bytes);
		return length;
	}

}
