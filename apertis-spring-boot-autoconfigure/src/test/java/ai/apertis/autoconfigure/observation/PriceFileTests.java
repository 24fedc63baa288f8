package ai.apertis.autoconfigure.observation;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import ai.apertis.client.observation.ModelPrices;
import ai.apertis.client.observation.Price;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link PriceFile}.
 */
class PriceFileTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ApertisObservationAutoConfiguration.class));

	@Test
	void propertiesCountBeforeTheFileAndTheDearestProviderBeforeOthers() {
		this.runner
			.withPropertyValues("apertis.metrics.prices-location=classpath:ai/apertis/autoconfigure/models.json",
					"apertis.metrics.prices[gpt-4o-mini].input=7")
			.run((context) -> {
				Map<String, Price> prices = context.getBean(ModelPrices.class).byModel();
				assertThat(prices).containsOnlyKeys("gpt-4o", "gpt-4o-mini", "claude-sonnet-4");
				assertThat(prices.get("gpt-4o").input()).isEqualByComparingTo("2.75");
				assertThat(prices.get("gpt-4o").cachedInput()).isEqualByComparingTo("1.375");
				assertThat(prices.get("gpt-4o").output()).isEqualByComparingTo("11");
				assertThat(prices.get("gpt-4o-mini").input()).isEqualByComparingTo("7");
				assertThat(prices.get("claude-sonnet-4").cachedInput()).isNull();
			});
	}

	@Test
	void saysThatAFileIsMissing() {
		this.runner.withPropertyValues("apertis.metrics.prices-location=classpath:nowhere.json")
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("apertis.metrics.prices-location")
				.hasMessageContaining("nowhere.json"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "{", "[]", "{}", "{\"openai\":{\"models\":{\"a\":{\"cost\":{}}}}}" })
	void refusesWhatIsNone(String content) {
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> PriceFile.read(new ByteArrayResource(content.getBytes(StandardCharsets.UTF_8))))
			.withMessageContaining("prices-location");
	}

}
