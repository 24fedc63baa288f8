package ai.apertis.autoconfigure.passthrough;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import ai.apertis.passthrough.resume.Batch;
import ai.apertis.passthrough.resume.LostStream;
import ai.apertis.passthrough.resume.Opening;
import ai.apertis.passthrough.resume.Ownership;
import ai.apertis.passthrough.resume.RunningStream;
import ai.apertis.passthrough.resume.Slice;
import ai.apertis.passthrough.resume.StreamStart;
import ai.apertis.passthrough.resume.StreamState;
import ai.apertis.passthrough.resume.StreamStore;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.core.ReactiveRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.RedisSerializationContext;

/**
 * {@link StreamStore} in Redis or Valkey, which several instances share. A stream has two
 * keys in one slot: a hash of what is known of it, and a Redis stream of its batches, the
 * numbers of whose last events are their ids. Each operation is one script, which knows
 * whether the stream still belongs to its caller, by the clock of Redis.
 */
class RedisStreamStore implements StreamStore {

	private static final String PREFIX = "apertis:";

	/** When to look for the owner of a stream, by its id. */
	private static final String LEASES = PREFIX + "leases";

	private static final int MAX_BATCHES = 16;

	private static final int MAX_SWEPT = 1000;

	private static final long MAX_SHOWN = 100;

	/** How many streams are looked at together. */
	private static final int AT_ONCE = 16;

	/** The parts of a batch in the answer to a read. */
	private static final int BATCH = 3;

	/** What is told of a stream before its batches. */
	private static final int HEAD = 5;

	private final ReactiveRedisTemplate<byte[], byte[]> redis;

	private final String lease;

	private final String retention;

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> open = script("open");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> append = script("append");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> finish = script("finish");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> read = script("read");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> stop = script("stop");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> expire = script("expire");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> overdue = script("overdue");

	@SuppressWarnings("rawtypes")
	private final RedisScript<List> describe = script("describe");

	/**
	 * Create a store.
	 * @param connections the connections to Redis
	 * @param lease how long an owner may be silent
	 * @param retention how long a stream is kept when it has ended
	 */
	RedisStreamStore(ReactiveRedisConnectionFactory connections, Duration lease, Duration retention) {
		this.redis = new ReactiveRedisTemplate<>(connections, RedisSerializationContext.byteArray());
		this.lease = Long.toString(lease.toMillis());
		this.retention = Long.toString(retention.toMillis());
	}

	/**
	 * Create a store with the application's own connections.
	 * @throws MissingRedisException if it has none
	 */
	static RedisStreamStore of(ListableBeanFactory beanFactory, Duration lease, Duration retention) {
		ReactiveRedisConnectionFactory connections = beanFactory.getBeanProvider(ReactiveRedisConnectionFactory.class)
			.getIfAvailable();
		if (connections == null) {
			throw new MissingRedisException();
		}
		return new RedisStreamStore(connections, lease, retention);
	}

	@SuppressWarnings("rawtypes")
	private static RedisScript<List> script(String name) {
		try {
			// as a text: a resource is asked each time whether it has changed
			return RedisScript.of(new ClassPathResource(name + ".lua", RedisStreamStore.class)
				.getContentAsString(StandardCharsets.UTF_8), List.class);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public Mono<Opening> open(StreamStart start) {
		String model = (start.model() != null) ? start.model() : "";
		return run(this.open, start.id(), start.generation(), start.owner(), model, start.promptTokens(),
				start.replacing() ? 1 : 0, this.lease, this.retention)
			.flatMap((result) -> text(result, 0).equals("1")
					? watch(start.id(), number(result, 1)).thenReturn(opened(start.id(), result))
					: Mono.just(Opening.REFUSED));
	}

	private static Opening opened(String id, List<byte[]> result) {
		boolean lost = result.size() > 2;
		return lost ? new Opening(true, new LostStream(id, text(result, 2), number(result, 3), number(result, 4)))
				: Opening.OWNED;
	}

	private Mono<Boolean> watch(String id, long deadline) {
		return this.redis.opsForZSet().add(bytes(LEASES), bytes(id), (double) deadline);
	}

	@Override
	public Mono<Ownership> renew(String id, String generation) {
		return owned(run(this.append, id, generation, 0, 0, "", this.lease, this.retention));
	}

	@Override
	public Mono<Ownership> append(String id, String generation, Batch batch) {
		return owned(run(this.append, id, generation, batch.first(), batch.last(), batch.bytes(), this.lease,
				this.retention));
	}

	private static Mono<Ownership> owned(Mono<List<byte[]>> result) {
		return result.map((values) -> Ownership.valueOf(text(values, 0)));
	}

	@Override
	public Mono<Void> finish(String id, String generation, StreamState state) {
		return run(this.finish, id, generation, state.name(), this.retention)
			.filter((result) -> text(result, 0).equals("1"))
			.flatMap((ended) -> forget(id))
			.then();
	}

	@Override
	public Mono<Slice> read(String id, long after) {
		String next = (after == Long.MAX_VALUE) ? "" : Long.toString(after + 1);
		return run(this.read, id, next, MAX_BATCHES).mapNotNull(RedisStreamStore::slice);
	}

	private static @Nullable Slice slice(List<byte[]> values) {
		if (values.size() < HEAD) {
			return null;
		}
		List<Batch> batches = new ArrayList<>();
		for (int i = HEAD; i + BATCH <= values.size(); i += BATCH) {
			batches.add(new Batch(number(values, i), number(values, i + 1), values.get(i + 2)));
		}
		return new Slice(text(values, HEAD - 1), StreamState.valueOf(text(values, 0)), text(values, 1),
				number(values, 2), text(values, HEAD - 2).equals("1"), batches);
	}

	@Override
	public Mono<Void> stop(String id) {
		return run(this.stop, id).then();
	}

	@Override
	public Mono<LostStream> expire(String id) {
		return run(this.expire, id, this.retention)
			.flatMap((values) -> switch (text(values, 0).toLowerCase(Locale.ROOT)) {
				case "running" -> Mono.empty();
				case "lost" ->
					forget(id).thenReturn(new LostStream(id, text(values, 1), number(values, 2), number(values, 3)));
				default -> forget(id).then(Mono.empty());
			});
	}

	private Mono<Long> forget(String id) {
		return this.redis.opsForZSet().remove(bytes(LEASES), (Object) bytes(id));
	}

	@Override
	public Flux<LostStream> sweep() {
		return execute(this.overdue, List.of(bytes(LEASES)), this.lease, MAX_SWEPT).flatMapIterable((ids) -> ids)
			.flatMap((id) -> expire(new String(id, StandardCharsets.UTF_8)), AT_ONCE);
	}

	@Override
	public Flux<RunningStream> running() {
		return this.redis.opsForZSet()
			.range(bytes(LEASES), Range.closed(0L, MAX_SHOWN - 1))
			.map((id) -> new String(id, StandardCharsets.UTF_8))
			.flatMapSequential(this::describe, AT_ONCE);
	}

	private Mono<RunningStream> describe(String id) {
		return run(this.describe, id).filter((values) -> !values.isEmpty())
			.map((values) -> new RunningStream(id, text(values, 0), number(values, 1),
					Duration.ofMillis(number(values, 2))));
	}

	@SuppressWarnings("rawtypes")
	private Mono<List<byte[]>> run(RedisScript<List> script, String id, Object... arguments) {
		return execute(script, List.of(bytes(PREFIX + "{" + id + "}:meta"), bytes(PREFIX + "{" + id + "}:data")),
				arguments);
	}

	@SuppressWarnings({ "rawtypes", "unchecked" })
	private Mono<List<byte[]>> execute(RedisScript<List> script, List<byte[]> keys, Object... arguments) {
		List<byte[]> values = Arrays.stream(arguments).map(RedisStreamStore::bytes).toList();
		return this.redis.execute(script, keys, values).next().map((result) -> (List<byte[]>) result);
	}

	private static byte[] bytes(Object value) {
		return (value instanceof byte[] bytes) ? bytes : String.valueOf(value).getBytes(StandardCharsets.UTF_8);
	}

	private static String text(List<byte[]> values, int position) {
		return new String(values.get(position), StandardCharsets.UTF_8);
	}

	private static long number(List<byte[]> values, int position) {
		return Long.parseLong(text(values, position));
	}

}
