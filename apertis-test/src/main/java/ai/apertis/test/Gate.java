package ai.apertis.test;

import java.util.ArrayList;
import java.util.List;

import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Gate at which replies wait to be released. A release that nobody waits for is kept for
 * the next reply: a test may be faster than the reply that it releases.
 */
final class Gate {

	private final List<MonoSink<Void>> waiting = new ArrayList<>();

	private int kept;

	private boolean open;

	Mono<Void> pass() {
		return Mono.create(this::enter);
	}

	private void enter(MonoSink<Void> sink) {
		synchronized (this.waiting) {
			if (this.kept == 0 && !this.open) {
				this.waiting.add(sink);
				return;
			}
			this.kept -= this.open ? 0 : 1;
		}
		sink.success();
	}

	void release() {
		List<MonoSink<Void>> released;
		synchronized (this.waiting) {
			released = List.copyOf(this.waiting);
			this.waiting.clear();
			if (released.isEmpty()) {
				this.kept++;
			}
		}
		released.forEach(MonoSink::success);
	}

	/**
	 * Let everybody pass, also who comes later.
	 */
	void open() {
		synchronized (this.waiting) {
			this.open = true;
		}
		release();
	}

}
