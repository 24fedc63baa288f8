package ai.apertis.client;

import java.time.Duration;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What has come in time, and is only read late, is not late.
 */
class SlowLoopTests {

	@Test
	void isNotTooLateForTheFirstChunk() throws Exception {
		readsLate(new StreamLimits(Duration.ofMillis(300), Duration.ofMinutes(1), null, null, 1 << 20, true));
	}

	@Test
	void isNotTooLateForContent() throws Exception {
		readsLate(new StreamLimits(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMillis(300), null, 1 << 20,
				true));
	}

	private static void readsLate(StreamLimits limits) throws Exception {
		try (SimulatedGateway gateway = SimulatedGateway.start()) {
			gateway.replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done());
			ApertisClient client = ApertisClient.builder()
				.apiKey("key")
				.baseUrl(gateway.baseUrl())
				.defaultModel("gpt-4o-mini")
				.streamLimits(limits)
				.build();
			try (ChatStream stream = client.chat("hi").open()) {
				RecordedRequest request = gateway.takeRequest();
				assertThat(request.awaitClosed(Duration.ofSeconds(1))).isFalse();
				gateway.release();
				StringBuilder text = new StringBuilder();
				stream.forEach((chunk) -> text.append(chunk.content()));
				assertThat(text.toString()).isEqualTo("onetwo");
			}
		}
	}

}
