package ai.apertis.passthrough.resume;

import java.time.Duration;
import java.util.List;

import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.PassThroughRequest;
import ai.apertis.passthrough.delivery.DrainLimits;
import ai.apertis.passthrough.resume.ResumeSettings.Mode;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;

/**
 * What becomes of a stream while the store is asked.
 */
class ResumableStreamsTests {

	private final StreamStore store = mock(StreamStore.class);

	private final PassThroughRequest request = mock(PassThroughRequest.class);

	private final Sinks.One<Opening> opened = Sinks.one();

	private final ResumableStreams streams = new ResumableStreams(this.store, new ResumeSettings(Mode.ALL, false, false,
			DrainLimits.none(), Duration.ofSeconds(30), Duration.ofMillis(10), 1024, 1024, Duration.ofSeconds(20)),
			PassThroughEvents.NONE);

	@BeforeEach
	void answer() {
		given(this.request.user()).willReturn("ann");
		given(this.request.caller()).willReturn(new Caller(null, null, new HttpHeaders()));
		given(this.store.open(any())).willReturn(this.opened.asMono());
		given(this.store.finish(anyString(), anyString(), any())).willReturn(Mono.empty());
	}

	@Test
	void endsAStreamWhoseClientWentWhileTheStoreWasAsked() {
		for (Mono<Recording> recording : List.of(this.streams.record(this.request, () -> 1),
				this.streams.recordConversation("chat", this.request, () -> 1))) {
			StepVerifier.create(recording).thenCancel().verify();
		}
		this.opened.tryEmitValue(Opening.OWNED);
		verify(this.store, timeout(10_000).times(2)).finish(anyString(), anyString(), eq(StreamState.INTERRUPTED));
	}

	@Test
	void anAnswerWaitsForTheStoreOnlyOnce() {
		StepVerifier.create(this.streams.record(this.request, () -> 1)).expectNextCount(1).verifyComplete();
		// the store has not answered, nor has it been too late yet
		Mono<Recording> second = this.streams.record(this.request, () -> 1);
		StepVerifier.create(second).expectNextMatches((recording) -> recording.tellId() == null).verifyComplete();
		StepVerifier.create(this.streams.recordConversation("chat", this.request, () -> 1)).verifyComplete();
	}

	@Test
	void anIdIsToldOnlyOfWhatIsStored() {
		this.opened.tryEmitValue(Opening.OWNED);
		StepVerifier.create(this.streams.record(this.request, () -> 1)).assertNext((recording) -> {
			assertThat(recording.isResumable()).isFalse();
			assertThat(recording.tellId()).isEqualTo(recording.id());
			assertThat(recording.isResumable()).isTrue();
			recording.close();
			Awaitility.await().until(() -> !recording.isResumable());
		}).verifyComplete();
	}

}
