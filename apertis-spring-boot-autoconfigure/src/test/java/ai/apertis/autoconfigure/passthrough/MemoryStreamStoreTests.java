package ai.apertis.autoconfigure.passthrough;

import java.time.Duration;

import ai.apertis.passthrough.resume.Batch;
import ai.apertis.passthrough.resume.MemoryStreamStore;
import ai.apertis.passthrough.resume.Opening;
import ai.apertis.passthrough.resume.Ownership;
import ai.apertis.passthrough.resume.StreamStart;
import ai.apertis.passthrough.resume.StreamState;
import ai.apertis.passthrough.resume.StreamStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The {@link StreamStore} in memory, and its bounds.
 */
class MemoryStreamStoreTests extends StreamStoreTests {

	private static final Duration LONG = Duration.ofMinutes(10);

	@Override
	StreamStore store(Duration lease, Duration retention) {
		return new MemoryStreamStore(lease, retention, 1024 * 1024);
	}

	@Test
	void thousandsOfStreamsStayWithinTheBound() {
		MemoryStreamStore store = new MemoryStreamStore(LONG, LONG, 1024 * 1024);
		for (int i = 0; i < 10_000; i++) {
			String id = "s" + i;
			assertThat(store.open(new StreamStart(id, "g", "", null, 0, false)).block()).isEqualTo(Opening.OWNED);
			store.append(id, "g", new Batch(1, 1, new byte[4096])).block();
			store.finish(id, "g", StreamState.COMPLETED).block();
			assertThat(store.bytes()).isLessThanOrEqualTo(1024 * 1024);
		}
		assertThat(store.read("s0", 0).blockOptional()).isEmpty();
		assertThat(store.read("s9999", 0).blockOptional()).isPresent();
	}

	@Test
	void streamsThatRunAreNotForgottenForOthers() {
		MemoryStreamStore store = new MemoryStreamStore(LONG, LONG, 64 * 1024);
		store.open(new StreamStart("first", "g", "", null, 0, false)).block();
		assertThat(store.append("first", "g", new Batch(1, 1, new byte[60 * 1024])).block()).isEqualTo(Ownership.OWNED);
		store.open(new StreamStart("second", "g", "", null, 0, false)).block();
		assertThat(store.append("second", "g", new Batch(1, 1, new byte[8 * 1024])).block())
			.isEqualTo(Ownership.FENCED);
		assertThat(store.read("first", 0).blockOptional()).isPresent();
	}

}
