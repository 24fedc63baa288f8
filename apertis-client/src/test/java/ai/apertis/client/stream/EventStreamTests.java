package ai.apertis.client.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.MalformedChunkException;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventStream.Ending;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.core.io.buffer.DefaultDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EventStream}.
 */
class EventStreamTests {

	private static final String CHUNK = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n";

	private static final String FINISH = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

	private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n";

	private static final String DONE = "data: [DONE]\n\n";

	private final List<String> heard = new ArrayList<>();

	private final EventStream events = new EventStream(StreamLimits.DEFAULTS,
			ChatCompletionsApi.request(null, 1, true, new byte[0]).protocol().start(1, StreamLimits.DEFAULTS),
			(text) -> text.replace("sk-secret", "***"), new StreamListener() {

				@Override
				public void chunk(Event event) {
					EventStreamTests.this.heard.add("chunk");
					throw new IllegalStateException("a listener's fault");
				}

				@Override
				public void ended(Outcome outcome, StreamSummary summary, @Nullable Throwable failure) {
					EventStreamTests.this.heard.add(outcome.value() + " after " + summary.chunks());
				}

			});

	@Test
	void handsOutEventsAndTellsOnceHowTheStreamEnds() {
		append(": comment\n\n" + CHUNK + FINISH + USAGE + DONE);
		assertThat(read()).isEqualTo("CHUNK CHUNK USAGE DONE");
		assertThat(this.events.outcome()).isEqualTo(Outcome.COMPLETED);
		assertThat(this.events.failure()).isNull();
		assertThat(this.events.count()).isEqualTo(4);
		this.events.cancel();
		this.events.bodyEnded();
		assertThat(this.events.next()).isNull();
		assertThat(this.heard).containsExactly("chunk", "chunk", "completed after 2");
	}

	@Test
	void readsTheUsageBehindTheDoneMarker() {
		append(CHUNK + FINISH + DONE + USAGE);
		assertThat(read()).isEqualTo("CHUNK CHUNK USAGE");
		assertThat(this.events.summary().usage()).hasToString("{\"prompt_tokens\":1}");
		assertThat(this.events.outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void tellsHowNearItsEndItIs() {
		List<Ending> endings = new ArrayList<>();
		this.events.onEnding(() -> endings.add(this.events.ending()));
		append(CHUNK);
		read();
		assertThat(this.events.ending()).isEqualTo(Ending.OPEN);
		append(FINISH);
		read();
		append(CHUNK);
		read();
		append(FINISH.replace("{}", "{\"content\":\"\"}"));
		read();
		assertThat(endings).containsExactly(Ending.WHOLE, Ending.OPEN, Ending.WHOLE);
	}

	@Test
	void isInterruptedIfTheBodyEndsTooSoon() {
		append(CHUNK);
		this.events.bodyEnded();
		assertThat(read()).isEqualTo("CHUNK");
		assertThat(this.events.outcome()).isEqualTo(Outcome.INTERRUPTED);
		assertThat(this.events.failure()).isInstanceOf(StreamInterruptedException.class);
		assertThat(this.heard).last().isEqualTo("interrupted after 1");
	}

	@Test
	void isCompletedIfOnlyTheDoneMarkerIsMissing() {
		append(CHUNK + FINISH);
		this.events.bodyFailed(new IOException("reset"));
		read();
		assertThat(this.events.outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void failsWithTheErrorInsideWithoutTheKey() {
		append(CHUNK + "data: {\"error\":{\"message\":\"bad key sk-secret\",\"code\":\"c\"}}\n\n" + CHUNK);
		assertThat(read()).isEqualTo("CHUNK ERROR");
		assertThat(this.events.outcome()).isEqualTo(Outcome.FAILED);
		assertThat(this.events.failure()).isInstanceOf(ApertisApiException.class)
			.hasMessageContaining("bad key ***")
			.hasMessageNotContaining("sk-secret");
	}

	@Test
	void failsOnWhatIsNoChunkWithoutQuotingIt() {
		append(CHUNK + "data: {\"private\n\n");
		assertThat(read()).isEqualTo("CHUNK");
		assertThat(this.events.failure()).isInstanceOf(MalformedChunkException.class)
			.hasMessageContaining("Event 2")
			.hasMessageNotContaining("private");
	}

	@Test
	void isCancelledByItsConsumer() {
		append(CHUNK);
		this.events.cancel();
		assertThat(this.events.next()).isNull();
		assertThat(this.events.outcome()).isEqualTo(Outcome.CANCELLED);
		assertThat(this.heard).containsExactly("cancelled after 0");
	}

	private void append(String wire) {
		this.events.append(DefaultDataBufferFactory.sharedInstance.wrap(wire.getBytes(StandardCharsets.UTF_8)));
	}

	private String read() {
		List<String> kinds = new ArrayList<>();
		for (Event event = this.events.next(); event != null; event = this.events.next()) {
			kinds.add(this.events.meaning().name());
		}
		return String.join(" ", kinds);
	}

}
