package ai.apertis.client;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;

import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A stream of 100,000 chunks and 100 MB: its memory stays flat, and a consumer that stops
 * reading stops the gateway.
 */
class LongStreamTests {

	private static final long CHUNKS = 100_000;

	/** Some text, and much that is not kept. */
	private static final String CHUNK = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word\"}}],"
			+ "\"obfuscation\":\"" + "x".repeat(950) + "\"}\n\n";

	private static final long WIRE = CHUNKS * CHUNK.length();

	/** A fraction of the wire's size; the text itself takes half a megabyte. */
	private static final long FLAT = 20_000_000;

	private static final Duration LIMIT = Duration.ofSeconds(90);

	private SimulatedGateway gateway;

	private ApertisClient apertis;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
		this.apertis = ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("m")
			.retryPolicy(RetryPolicy.NONE)
			.build();
		this.gateway.replyWith(Reply.stream().repeatRaw(CHUNK, CHUNKS).finish("stop").done());
	}

	@AfterEach
	void stop() {
		this.apertis.close();
		this.gateway.close();
	}

	@Test
	void stopsTheGatewayWhileABlockingConsumerDoesNotRead() {
		try (ChatStream stream = this.apertis.chat("hello").open()) {
			Iterator<ChatCompletionChunk> chunks = stream.iterator();
			chunks.next();
			long before = heapInUse();
			assertThat(producedWhenStill()).isLessThan(WIRE / 4);
			long received = 1;
			while (chunks.hasNext()) {
				chunks.next();
				received++;
				if (received == CHUNKS / 2) {
					assertThat(producedWhenStill()).isLessThan(WIRE * 3 / 4);
				}
				if (received == CHUNKS - 1000) {
					assertThat(heapInUse() - before).isLessThan(FLAT);
				}
			}
			assertThat(received).isEqualTo(CHUNKS + 1);
			assertThat(stream.completion().content()).hasSize((int) CHUNKS * 4);
		}
	}

	@Test
	void stopsTheGatewayWhileAReactiveConsumerDoesNotAsk() {
		AtomicLong received = new AtomicLong();
		Stepwise consumer = new Stepwise(received);
		this.apertis.chat("hello").chunks().subscribe(consumer);
		consumer.request(10);
		Awaitility.await().atMost(LIMIT).until(() -> received.get() == 10);
		long before = heapInUse();
		assertThat(producedWhenStill()).isLessThan(WIRE / 4);
		consumer.request(CHUNKS - 1000);
		Awaitility.await().atMost(LIMIT).until(() -> received.get() == CHUNKS - 990);
		assertThat(heapInUse() - before).isLessThan(FLAT);
		consumer.request(Long.MAX_VALUE);
		Awaitility.await().atMost(LIMIT).until(consumer::isDisposed);
		assertThat(received).hasValue(CHUNKS + 1);
	}

	/**
	 * Wait until the gateway produces no more.
	 * @return how many bytes it has produced then
	 */
	private long producedWhenStill() {
		AtomicLong last = new AtomicLong(-1);
		Awaitility.await()
			.pollInterval(Duration.ofMillis(300))
			.atMost(LIMIT)
			.until(() -> last.getAndSet(this.gateway.bytesProduced()) == this.gateway.bytesProduced());
		return this.gateway.bytesProduced();
	}

	private static long heapInUse() {
		System.gc();
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	private static final class Stepwise extends BaseSubscriber<ChatCompletionChunk> {

		private final AtomicLong received;

		Stepwise(AtomicLong received) {
			this.received = received;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			// asked for step by step
		}

		@Override
		protected void hookOnNext(ChatCompletionChunk chunk) {
			this.received.incrementAndGet();
		}

	}

}
