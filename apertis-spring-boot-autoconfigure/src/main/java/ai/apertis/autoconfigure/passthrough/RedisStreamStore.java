package ai.apertis.autoconfigure.passthrough;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import ai.apertis.autoconfigure.passthrough.RedisScripts.Script;
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
import org.springframework.data.domain.Range;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;

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

	private final RedisScripts scripts;

	private final String lease;

	private final String retention;

	private final Script open = RedisScripts.script("open");

	private final Script append = RedisScripts.script("append");

	private final Script finish = RedisScripts.script("finish");

	private final Script read = RedisScripts.script("read");

	private final Script stop = RedisScripts.script("stop");

	private final Script expire = RedisScripts.script("expire");

	private final Script overdue = RedisScripts.script("overdue");

	private final Script describe = RedisScripts.script("describe");

	/**
	 * Create a store.
	 * @param connections the connections to Redis
	 * @param lease how long an owner may be silent
	 * @param retention how long a stream is kept when it has ended
	 */
	RedisStreamStore(ReactiveRedisConnectionFactory connections, Duration lease, Duration retention) {
		this.scripts = new RedisScripts(connections);
		this.lease = Long.toString(lease.toMillis());
		this.retention = Long.toString(retention.toMillis());
	}

	/**
	 * Create a store with the application's own connections.
	 * @throws MissingRedisException if it has none
	 */
	static RedisStreamStore of(ListableBeanFactory beanFactory, Duration lease, Duration retention) {
		return new RedisStreamStore(RedisScripts.connections(beanFactory, MissingRedisException::forStreams), lease,
				retention);
	}

	@Override
	public Mono<Opening> open(StreamStart start) {
		String model = (start.model() != null) ? start.model() : "";
		return run(this.open, start.id(), start.generation(), start.owner(), model, start.promptTokens(),
				start.replacing() ? 1 : 0, this.lease, this.retention)
			.flatMap((result) -> RedisScripts.text(result, 0).equals("1")
					? watch(start.id(), RedisScripts.number(result, 1)).thenReturn(opened(start.id(), result))
					: Mono.just(Opening.REFUSED));
	}

	private static Opening opened(String id, List<byte[]> result) {
		boolean lost = result.size() > 2;
		return lost ? new Opening(true, new LostStream(id, RedisScripts.text(result, 2), RedisScripts.number(result, 3),
				RedisScripts.number(result, 4))) : Opening.OWNED;
	}

	private Mono<Boolean> watch(String id, long deadline) {
		return this.scripts.redis()
			.opsForZSet()
			.add(RedisScripts.bytes(LEASES), RedisScripts.bytes(id), (double) deadline);
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
		return result.map((values) -> Ownership.valueOf(RedisScripts.text(values, 0)));
	}

	@Override
	public Mono<Void> finish(String id, String generation, StreamState state) {
		return run(this.finish, id, generation, state.name(), this.retention)
			.filter((result) -> RedisScripts.text(result, 0).equals("1"))
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
			batches
				.add(new Batch(RedisScripts.number(values, i), RedisScripts.number(values, i + 1), values.get(i + 2)));
		}
		return new Slice(RedisScripts.text(values, HEAD - 1), StreamState.valueOf(RedisScripts.text(values, 0)),
				RedisScripts.text(values, 1), RedisScripts.number(values, 2),
				RedisScripts.text(values, HEAD - 2).equals("1"), batches);
	}

	@Override
	public Mono<Void> stop(String id) {
		return run(this.stop, id).then();
	}

	@Override
	public Mono<LostStream> expire(String id) {
		return run(this.expire, id, this.retention)
			.flatMap((values) -> switch (RedisScripts.text(values, 0).toLowerCase(Locale.ROOT)) {
				case "running" -> Mono.empty();
				case "lost" -> forget(id).thenReturn(new LostStream(id, RedisScripts.text(values, 1),
						RedisScripts.number(values, 2), RedisScripts.number(values, 3)));
				default -> forget(id).then(Mono.empty());
			});
	}

	private Mono<Long> forget(String id) {
		return this.scripts.redis().opsForZSet().remove(RedisScripts.bytes(LEASES), (Object) RedisScripts.bytes(id));
	}

	@Override
	public Flux<LostStream> sweep() {
		return this.scripts.run(this.overdue, List.of(LEASES), this.lease, MAX_SWEPT)
			.flatMapIterable((ids) -> ids)
			.flatMap((id) -> expire(new String(id, StandardCharsets.UTF_8)), AT_ONCE);
	}

	@Override
	public Flux<RunningStream> running() {
		return this.scripts.redis()
			.opsForZSet()
			.range(RedisScripts.bytes(LEASES), Range.closed(0L, MAX_SHOWN - 1))
			.map((id) -> new String(id, StandardCharsets.UTF_8))
			.flatMapSequential(this::describe, AT_ONCE);
	}

	private Mono<RunningStream> describe(String id) {
		return run(this.describe, id).filter((values) -> !values.isEmpty())
			.map((values) -> new RunningStream(id, RedisScripts.text(values, 0), RedisScripts.number(values, 1),
					Duration.ofMillis(RedisScripts.number(values, 2))));
	}

	private Mono<List<byte[]>> run(Script script, String id, Object... arguments) {
		return this.scripts.run(script, List.of(PREFIX + "{" + id + "}:meta", PREFIX + "{" + id + "}:data"), arguments);
	}

}
