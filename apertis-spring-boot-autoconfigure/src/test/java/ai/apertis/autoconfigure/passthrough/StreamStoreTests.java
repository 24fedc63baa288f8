package ai.apertis.autoconfigure.passthrough;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import ai.apertis.passthrough.resume.Batch;
import ai.apertis.passthrough.resume.LostStream;
import ai.apertis.passthrough.resume.Opening;
import ai.apertis.passthrough.resume.Ownership;
import ai.apertis.passthrough.resume.RunningStream;
import ai.apertis.passthrough.resume.Slice;
import ai.apertis.passthrough.resume.StreamStart;
import ai.apertis.passthrough.resume.StreamState;
import ai.apertis.passthrough.resume.StreamStore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What holds for each {@link StreamStore}.
 */
abstract class StreamStoreTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final Duration LONG = Duration.ofMinutes(1);

	private static final Duration SHORT = Duration.ofMillis(300);

	private final String id = UUID.randomUUID().toString();

	/**
	 * Return a store, for one test.
	 * @param lease how long an owner may be silent
	 * @param retention how long a stream is kept when it has ended
	 */
	abstract StreamStore store(Duration lease, Duration retention);

	@Test
	void givesWhatWasAdded() {
		StreamStore store = store(LONG, LONG);
		assertThat(open(store, "g", false)).isTrue();
		assertThat(append(store, "g", 1, 2, "ab")).isEqualTo(Ownership.OWNED);
		assertThat(append(store, "g", 3, 3, "c\u0000\u00ff")).isEqualTo(Ownership.OWNED);
		Slice all = read(store, 0);
		assertThat(all.state()).isEqualTo(StreamState.RUNNING);
		assertThat(all.owner()).isEqualTo("owner");
		assertThat(all.last()).isEqualTo(3);
		assertThat(all.ownerGone()).isFalse();
		assertThat(texts(all)).containsExactly("1-2 ab", "3-3 c\u0000\u00ff");
		assertThat(texts(read(store, 1))).containsExactly("1-2 ab", "3-3 c\u0000\u00ff");
		assertThat(texts(read(store, 2))).containsExactly("3-3 c\u0000\u00ff");
		assertThat(texts(read(store, 3))).isEmpty();
		assertThat(texts(read(store, Long.MAX_VALUE))).isEmpty();
	}

	@Test
	void givesALongStreamInPieces() {
		StreamStore store = store(LONG, LONG);
		open(store, "g", false);
		for (int i = 1; i <= 40; i++) {
			append(store, "g", i, i, "e" + i);
		}
		long after = 0;
		int reads = 0;
		while (after < 40) {
			Slice slice = read(store, after);
			assertThat(slice.batches()).isNotEmpty().hasSizeLessThan(40);
			after = slice.batches().get(slice.batches().size() - 1).last();
			reads++;
		}
		assertThat(reads).isGreaterThan(1);
	}

	@Test
	void addsNothingTwice() {
		StreamStore store = store(LONG, LONG);
		open(store, "g", false);
		append(store, "g", 1, 2, "ab");
		assertThat(append(store, "g", 1, 2, "ab")).isEqualTo(Ownership.OWNED);
		assertThat(texts(read(store, 0))).containsExactly("1-2 ab");
	}

	@Test
	void hasOneOwner() {
		StreamStore store = store(LONG, LONG);
		List<Opening> opened = Flux.range(0, 20)
			.flatMap((i) -> store.open(start("g" + i, false)))
			.collectList()
			.block(LIMIT);
		assertThat(opened).hasSize(20).containsOnlyOnce(Opening.OWNED);
		assertThat(append(store, "someone", 1, 1, "a")).isEqualTo(Ownership.FENCED);
		assertThat(store.renew(this.id, "someone").block(LIMIT)).isEqualTo(Ownership.FENCED);
		store.finish(this.id, "someone", StreamState.COMPLETED).block(LIMIT);
		assertThat(read(store, 0).state()).isEqualTo(StreamState.RUNNING);
		assertThat(read(store, 0).batches()).isEmpty();
	}

	@Test
	void isReplacedWhenThatIsWanted() {
		StreamStore store = store(LONG, LONG);
		open(store, "first", false);
		append(store, "first", 1, 1, "old");
		assertThat(open(store, "second", false)).isFalse();
		assertThat(open(store, "second", true)).isTrue();
		assertThat(append(store, "first", 2, 2, "late")).isEqualTo(Ownership.FENCED);
		append(store, "second", 1, 1, "new");
		assertThat(texts(read(store, 0))).containsExactly("1-1 new");
		assertThat(read(store, 0).generation()).isEqualTo("second");
	}

	@Test
	void beginsAnewWhenItHasEnded() {
		StreamStore store = store(LONG, LONG);
		open(store, "first", false);
		append(store, "first", 1, 1, "old");
		store.finish(this.id, "first", StreamState.FAILED).block(LIMIT);
		assertThat(read(store, 0).state()).isEqualTo(StreamState.FAILED);
		assertThat(append(store, "first", 2, 2, "late")).isEqualTo(Ownership.FENCED);
		assertThat(open(store, "second", false)).isTrue();
		assertThat(read(store, 0).last()).isZero();
	}

	@Test
	void isForgottenAfterItsTime() {
		StreamStore store = store(LONG, SHORT);
		open(store, "g", false);
		append(store, "g", 1, 1, "a");
		store.finish(this.id, "g", StreamState.COMPLETED).block(LIMIT);
		Awaitility.await().atMost(LIMIT).until(() -> store.read(this.id, 0).blockOptional(LIMIT).isEmpty());
	}

	@Test
	void tellsItsOwnerToStop() {
		StreamStore store = store(LONG, LONG);
		store.stop(this.id).block(LIMIT);
		open(store, "g", false);
		assertThat(store.renew(this.id, "g").block(LIMIT)).isEqualTo(Ownership.OWNED);
		store.stop(this.id).block(LIMIT);
		assertThat(store.renew(this.id, "g").block(LIMIT)).isEqualTo(Ownership.STOP);
		assertThat(append(store, "g", 1, 1, "a")).isEqualTo(Ownership.STOP);
		store.finish(this.id, "g", StreamState.STOPPED).block(LIMIT);
		assertThat(read(store, 0).state()).isEqualTo(StreamState.STOPPED);
	}

	@Test
	void givesWayWhenItIsStopped() {
		StreamStore store = store(LONG, LONG);
		open(store, "first", false);
		store.stop(this.id).block(LIMIT);
		assertThat(open(store, "second", false)).isTrue();
		assertThat(store.renew(this.id, "first").block(LIMIT)).isEqualTo(Ownership.FENCED);
		assertThat(store.renew(this.id, "second").block(LIMIT)).isEqualTo(Ownership.OWNED);
	}

	@Test
	void isLostWithItsOwnerAndOnlyOneIsTold() {
		StreamStore store = store(SHORT, LONG);
		open(store, "g", false);
		append(store, "g", 1, 7, "a");
		assertThat(store.expire(this.id).blockOptional(LIMIT)).isEmpty();
		Awaitility.await().atMost(LIMIT).until(() -> read(store, 0).ownerGone());
		List<LostStream> lost = Flux.range(0, 10)
			.flatMap((i) -> (i % 2 == 0) ? store.expire(this.id) : store.sweep())
			.filter((stream) -> stream.id().equals(this.id))
			.collectList()
			.block(LIMIT);
		assertThat(lost).containsExactly(new LostStream(this.id, "model", 5, 7));
		assertThat(read(store, 0).state()).isEqualTo(StreamState.LOST);
		assertThat(append(store, "g", 8, 8, "late")).isEqualTo(Ownership.FENCED);
	}

	@Test
	void isToldOfTheOneBeforeWhoseOwnerHasGone() {
		StreamStore store = store(SHORT, LONG);
		open(store, "first", false);
		append(store, "first", 1, 7, "a");
		Awaitility.await().atMost(LIMIT).until(() -> read(store, 0).ownerGone());
		LostStream lost = store.isShared() ? new LostStream(this.id, "model", 5, 7) : null;
		assertThat(opening(store, "second", false)).isEqualTo(new Opening(true, lost));
		assertThat(store.expire(this.id).blockOptional(LIMIT)).isEmpty();
		assertThat(opening(store, "third", true)).isEqualTo(Opening.OWNED);
	}

	@Test
	void isNotItsOwnersAnyMoreWhenAPartIsMissing() {
		StreamStore store = store(LONG, LONG);
		open(store, "g", false);
		append(store, "g", 1, 2, "ab");
		assertThat(append(store, "g", 4, 4, "d")).isEqualTo(Ownership.FENCED);
		assertThat(texts(read(store, 0))).containsExactly("1-2 ab");
		store.finish(this.id, "g", StreamState.LOST).block(LIMIT);
		assertThat(read(store, 0).state()).isEqualTo(StreamState.LOST);
	}

	@Test
	void isToldAmongThoseThatRun() {
		StreamStore store = store(LONG, LONG);
		open(store, "g", false);
		append(store, "g", 1, 3, "abc");
		RunningStream running = running(store).blockOptional(LIMIT).orElseThrow();
		assertThat(running.model()).isEqualTo("model");
		assertThat(running.events()).isEqualTo(3);
		assertThat(running.age()).isBetween(Duration.ZERO, LONG);
		store.finish(this.id, "g", StreamState.COMPLETED).block(LIMIT);
		assertThat(running(store).blockOptional(LIMIT)).isEmpty();
	}

	private Mono<RunningStream> running(StreamStore store) {
		return store.running().filter((stream) -> stream.id().equals(this.id)).singleOrEmpty();
	}

	@Test
	void isFoundBySweepingAsLongAsItsOwnerIsSilent() {
		StreamStore store = store(SHORT, LONG);
		open(store, "g", false);
		long renewals = Flux.interval(Duration.ofMillis(50))
			.onBackpressureDrop()
			.take(20)
			.concatMap((tick) -> store.renew(this.id, "g").thenMany(store.sweep()))
			.filter((stream) -> stream.id().equals(this.id))
			.count()
			.block(LIMIT);
		assertThat(renewals).isZero();
		Awaitility.await()
			.atMost(LIMIT)
			.until(() -> store.sweep().any((stream) -> stream.id().equals(this.id)).block(LIMIT));
	}

	private boolean open(StreamStore store, String generation, boolean replacing) {
		return opening(store, generation, replacing).isOwned();
	}

	private Opening opening(StreamStore store, String generation, boolean replacing) {
		return store.open(start(generation, replacing)).blockOptional(LIMIT).orElseThrow();
	}

	private StreamStart start(String generation, boolean replacing) {
		return new StreamStart(this.id, generation, "owner", "model", 5, replacing);
	}

	private Ownership append(StreamStore store, String generation, long first, long last, String text) {
		Mono<Ownership> appended = store.append(this.id, generation,
				new Batch(first, last, text.getBytes(StandardCharsets.ISO_8859_1)));
		return appended.blockOptional(LIMIT).orElseThrow();
	}

	private Slice read(StreamStore store, long after) {
		return store.read(this.id, after).blockOptional(LIMIT).orElseThrow();
	}

	private static List<String> texts(Slice slice) {
		return slice.batches()
			.stream()
			.map((batch) -> batch.first() + "-" + batch.last() + " "
					+ new String(batch.bytes(), StandardCharsets.ISO_8859_1))
			.toList();
	}

}
