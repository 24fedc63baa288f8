package ai.apertis.guide;

import java.time.Duration;

import ai.apertis.client.ApertisClient;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.ActiveProfiles;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is developed without a key, as the documentation shows it.
 */
@SpringBootTest(webEnvironment = WebEnvironment.NONE, properties = "apertis.chat.model=gpt-4o-mini")
@ActiveProfiles("without-key")
class WithoutKeyTests {

	@Autowired
	private ApertisClient apertis;

	@Test
	void isAnswered() {
		assertThat(this.apertis.chat("Hi").completion().blockOptional(Duration.ofSeconds(20)).orElseThrow().content())
			.contains("simulated gateway");
	}

}
