package ai.apertis.client.observation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class SampledTokensTests {

	private static final String ENGLISH = "The keeper trimmed the wick, and then the lamp began to turn. ";

	private static final String CHINESE = "守塔人每天晚上擦拭镜片，修剪灯芯。";

	private final JtokkitTokenEstimator exact = new JtokkitTokenEstimator();

	private final List<String> counted = new ArrayList<>();

	private final SampledTokens sampled = new SampledTokens((text, model) -> {
		this.counted.add(text);
		return this.exact.tokens(text, model);
	});

	@Test
	void countsAShortTextWhole() {
		String text = "x".repeat(SampledTokens.MAX_WHOLE);
		assertThat(this.sampled.tokens(text, "gpt-4o")).isEqualTo(this.exact.tokens(text, "gpt-4o"));
		assertThat(this.counted).containsExactly(text);
	}

	@ParameterizedTest
	@ValueSource(strings = { ENGLISH, CHINESE, "x", " ", "\n", "{\"a\":[1.5,null]},", "0123456789", "🙂🚀" })
	void isNearTheTruthOfALongText(String unit) {
		String text = unit.repeat(150_000 / unit.length());
		assertThat(this.sampled.tokens(text, null)).isCloseTo(this.exact.tokens(text, null),
				Percentage.withPercentage(3));
		assertThat(this.counted).hasSize(64).allSatisfy((sample) -> assertThat(sample).hasSizeBetween(511, 513));
	}

	@Test
	void isNearTheTruthOfAMixedText() {
		Random random = new Random(7);
		StringBuilder text = new StringBuilder();
		while (text.length() < 200_000) {
			text.append((random.nextBoolean() ? ENGLISH : CHINESE).repeat(1 + random.nextInt(20)));
		}
		assertThat(this.sampled.tokens(text.toString(), null)).isCloseTo(this.exact.tokens(text.toString(), null),
				Percentage.withPercentage(10));
	}

	@Test
	void countsWhatIsHiddenBetweenTheSamples() {
		StringBuilder text = new StringBuilder(CHINESE.repeat(10_000));
		int step = (text.length() - 512) / 63;
		for (int start = 0; start <= text.length() - 512; start += step) {
			text.replace(start, start + 512, " ".repeat(512));
		}
		long truth = this.exact.tokens(text.toString(), null);
		assertThat(this.sampled.tokens(text.toString(), null)).isBetween(truth / 3, truth);
	}

	@Test
	void cutsNoCharacterInTwo() {
		for (String start : new String[] { "", "x" }) {
			this.counted.clear();
			this.sampled.tokens(start + "🙂".repeat(20_001), null);
			assertThat(this.counted).hasSize(64).allSatisfy((sample) -> {
				assertThat(Character.isLowSurrogate(sample.charAt(0))).isFalse();
				assertThat(Character.isHighSurrogate(sample.charAt(sample.length() - 1))).isFalse();
			});
		}
	}

}
