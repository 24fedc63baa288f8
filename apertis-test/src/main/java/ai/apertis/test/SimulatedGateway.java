package ai.apertis.test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * A gateway in a box: a real HTTP server on a random port of this machine, which plays
 * scripted replies byte for byte, and records the requests. Each request gets the next
 * reply of the script; when there is none left, what {@link #otherwise} says.
 *
 * <pre class="code">
 * try (SimulatedGateway gateway = SimulatedGateway.start()) {
 *     gateway.replyWith(Reply.answer("Hel", "lo"));
 *     ApertisClient apertis = ApertisClient.builder().baseUrl(gateway.baseUrl()).apiKey("test").build();
 * }
 * </pre>
 *
 * Safe for use by several threads.
 */
public final class SimulatedGateway implements AutoCloseable {

	private final Queue<Reply> script = new ConcurrentLinkedQueue<>();

	private final List<RecordedRequest> requests = new CopyOnWriteArrayList<>();

	private final BlockingQueue<RecordedRequest> untaken = new LinkedBlockingQueue<>();

	private final Set<Channel> connections = ConcurrentHashMap.newKeySet();

	private final LoopResources threads = LoopResources.create("simulated-gateway", 1, true);

	private final DisposableServer server;

	private final int mostRecorded;

	private final Function<RecordedRequest, Reply> unscripted;

	private volatile Function<RecordedRequest, Reply> otherwise;

	private volatile Gate gate = new Gate();

	private final AtomicLong bytesProduced = new AtomicLong();

	private SimulatedGateway(int port, int mostRecorded, Function<RecordedRequest, Reply> unscripted) {
		this.mostRecorded = mostRecorded;
		this.unscripted = unscripted;
		this.otherwise = unscripted;
		this.server = HttpServer.create()
			.host("127.0.0.1")
			.port(port)
			.runOn(this.threads, false)
			.doOnChannelInit((observer, channel, remoteAddress) -> {
				this.connections.add(channel);
				channel.closeFuture().addListener((close) -> this.connections.remove(channel));
			})
			.handle(this::handle)
			.bindNow();
	}

	/**
	 * Start a gateway on a random port.
	 * @return the gateway
	 */
	public static SimulatedGateway start() {
		return start(0);
	}

	/**
	 * Start a gateway on a port of its own, so that an application can be pointed at it
	 * by its properties.
	 * @param port the port, 0 for a random one
	 * @return the gateway
	 * @throws reactor.netty.ChannelBindException if the port is taken
	 */
	public static SimulatedGateway start(int port) {
		return new SimulatedGateway(port, Integer.MAX_VALUE, SimulatedGateway::noReplyLeft);
	}

	/**
	 * Start a gateway on a random port that answers any prompt.
	 * @return the gateway
	 * @see #startTalkative(int)
	 */
	public static SimulatedGateway startTalkative() {
		return startTalkative(0);
	}

	/**
	 * Start a gateway that answers any prompt with prose of its own, at the pace of a
	 * person's reading: something to develop and demonstrate against without a key and
	 * without a network. See {@link TalkativeReplies} for what can be asked of it.
	 * @param port the port, 0 for a random one
	 * @return the gateway
	 */
	public static SimulatedGateway startTalkative(int port) {
		// it may run for days
		return new SimulatedGateway(port, 10, new TalkativeReplies(Duration.ofMillis(40)));
	}

	private static Reply noReplyLeft(RecordedRequest request) {
		return Reply.error(500, "server_error", "internal_error",
				"The simulated gateway has no reply left for " + request);
	}

	/**
	 * Run a talkative gateway until the process is stopped.
	 * @param arguments the port, 8089 if there is none
	 */
	public static void main(String... arguments) {
		SimulatedGateway gateway = startTalkative((arguments.length > 0) ? Integer.parseInt(arguments[0]) : 8089);
		System.out.println("The simulated gateway is at " + gateway.baseUrl()
				+ ". Point an application at it with apertis.base-url, and any apertis.api-key.");
		gateway.server.onDispose().block();
	}

	/**
	 * Add replies to the script.
	 * @param replies the replies for the next requests, in this order
	 * @return this gateway
	 */
	public SimulatedGateway replyWith(Reply... replies) {
		this.script.addAll(List.of(replies));
		return this;
	}

	/**
	 * Say how to reply when the script has no reply left.
	 * @param otherwise makes a reply to a request
	 * @return this gateway
	 */
	public SimulatedGateway otherwise(Function<RecordedRequest, Reply> otherwise) {
		this.otherwise = otherwise;
		return this;
	}

	/**
	 * Let the replies go on that {@linkplain Reply#hold() hold}; if none does, the next
	 * that would.
	 */
	public void release() {
		this.gate.release();
	}

	/**
	 * Return the base URL to configure a client with.
	 * @return the URL, with the API's version
	 */
	public String baseUrl() {
		return "http://127.0.0.1:" + port() + "/v1";
	}

	/**
	 * Return the port.
	 * @return the port
	 */
	public int port() {
		return this.server.port();
	}

	/**
	 * Return the requests that have reached the gateway.
	 * @return the requests, in the order in which they came
	 */
	public List<RecordedRequest> requests() {
		return List.copyOf(this.requests);
	}

	/**
	 * Wait for the next request that has not been taken yet.
	 * @return the request
	 * @throws InterruptedException if the thread is interrupted
	 * @throws IllegalStateException if none comes within ten seconds
	 */
	public RecordedRequest takeRequest() throws InterruptedException {
		RecordedRequest request = this.untaken.poll(10, TimeUnit.SECONDS);
		if (request == null) {
			throw new IllegalStateException("No further request has reached the simulated gateway");
		}
		return request;
	}

	/**
	 * Return how many connections are open, those kept for further requests included.
	 * @return the number of connections
	 */
	public int openConnections() {
		return this.connections.size();
	}

	/**
	 * Return how many bytes of bodies have been produced to be written: while nobody
	 * reads them, no more than fit between here and there.
	 * @return the number of bytes since the gateway was started
	 */
	public long bytesProduced() {
		return this.bytesProduced.get();
	}

	/**
	 * Begin anew, as if the gateway had just been started: forget the script, what to
	 * reply otherwise, the requests, and how much was produced. Replies that hold go on.
	 * Connections stay open, and replies that are under way end by themselves.
	 */
	public void reset() {
		this.script.clear();
		this.otherwise = this.unscripted;
		Gate before = this.gate;
		this.gate = new Gate();
		before.open();
		this.requests.clear();
		this.untaken.clear();
		this.bytesProduced.set(0);
	}

	@Override
	public void close() {
		this.connections.forEach(Channel::close);
		this.server.disposeNow();
		this.threads.dispose();
	}

	private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
		return request.receive().aggregate().asByteArray().defaultIfEmpty(new byte[0]).flatMap((body) -> {
			RecordedRequest recorded = recorded(request, body);
			record(recorded);
			Reply next = this.script.poll();
			return play((next != null) ? next : this.otherwise.apply(recorded), response);
		});
	}

	private void record(RecordedRequest request) {
		this.requests.add(request);
		this.untaken.add(request);
		while (this.requests.size() > this.mostRecorded) {
			this.untaken.remove(this.requests.remove(0));
		}
	}

	private RecordedRequest recorded(HttpServerRequest request, byte[] body) {
		Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		request.requestHeaders()
			.names()
			.forEach((name) -> headers.put(name, List.copyOf(request.requestHeaders().getAll(name))));
		CompletableFuture<Instant> closed = new CompletableFuture<>();
		request.withConnection((connection) -> connection.channel()
			.closeFuture()
			.addListener((close) -> closed.complete(Instant.now())));
		return new RecordedRequest(request.method().name(), request.uri(), headers, body, closed);
	}

	private Mono<Void> play(Reply reply, HttpServerResponse response) {
		if (!reply.isAnswer()) {
			return play(reply.steps().get(0), this.gate, response).then(Mono.never());
		}
		response.status(reply.status());
		reply.headers().forEach(response::header);
		if (reply.steps().isEmpty()) {
			return response.send();
		}
		Gate gate = this.gate;
		Flux<ByteBuf> body = Flux.fromIterable(reply.steps())
			.concatMap((step) -> play(step, gate, response), 1)
			.doOnNext((bytes) -> this.bytesProduced.addAndGet(bytes.readableBytes()));
		return response.send(body, (buffer) -> true).then();
	}

	private static Flux<ByteBuf> play(Step step, Gate gate, HttpServerResponse response) {
		if (step instanceof Step.Write write) {
			return Flux.just(Unpooled.wrappedBuffer(write.bytes()));
		}
		if (step instanceof Step.Pause pause) {
			return Mono.delay(pause.duration()).thenMany(Flux.empty());
		}
		if (step instanceof Step.Hold) {
			return gate.pass().thenMany(Flux.empty());
		}
		if (step instanceof Step.Repeat repeat) {
			Mono<ByteBuf> once = Mono.fromSupplier(() -> Unpooled.wrappedBuffer(repeat.bytes()));
			Flux<ByteBuf> again = once.repeat(repeat.times() - 1);
			return repeat.interval().isZero() ? again : again.delayElements(repeat.interval());
		}
		return Flux.<ByteBuf>never().doOnSubscribe((subscription) -> response.withConnection((connection) -> {
			breakOff(connection.channel(), (Step.Break) step);
		}));
	}

	private static void breakOff(Channel channel, Step.Break end) {
		if (end == Step.Break.STALL) {
			return;
		}
		if (end == Step.Break.RESET) {
			channel.config().setOption(ChannelOption.SO_LINGER, 0);
		}
		// behind what has been written before
		channel.eventLoop()
			.execute(() -> channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE));
	}

}
