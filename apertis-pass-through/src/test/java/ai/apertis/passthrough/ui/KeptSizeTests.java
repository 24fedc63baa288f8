package ai.apertis.passthrough.ui;

import java.util.function.BiConsumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Nothing of an answer is kept without bound.
 */
class KeptSizeTests {

	private static final String PIECE = "x".repeat(10_000);

	static Stream<Arguments> always() {
		return Stream.of(of("calls", (kept, piece) -> kept.call(), 17_000), of("arguments", KeptSize::arguments, 105),
				of("sources", KeptSize::source, 105));
	}

	static Stream<Arguments> whereAllIsKept() {
		return Stream.of(of("texts", KeptSize::text, 105), of("images", KeptSize::image, 1_700));
	}

	private static Arguments of(String name, BiConsumer<KeptSize, String> count, int times) {
		return arguments(name, count, times);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource({ "always", "whereAllIsKept" })
	void bounds(String name, BiConsumer<KeptSize, String> count, int times) {
		assertThatIllegalStateException().isThrownBy(() -> repeat(new KeptSize(true), count, times));
		assertThatCode(() -> repeat(new KeptSize(true), count, times - times / 10)).doesNotThrowAnyException();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("always")
	void boundsWhatIsAlwaysKept(String name, BiConsumer<KeptSize, String> count, int times) {
		assertThatIllegalStateException().isThrownBy(() -> repeat(new KeptSize(false), count, times));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("whereAllIsKept")
	void whatIsNotKeptHasNoBound(String name, BiConsumer<KeptSize, String> count, int times) {
		assertThatCode(() -> repeat(new KeptSize(false), count, times)).doesNotThrowAnyException();
	}

	@Test
	void longArgumentsMayComeInManyPieces() {
		assertThatCode(() -> repeat(new KeptSize(false), (kept, piece) -> kept.arguments("abc"), 300_000))
			.doesNotThrowAnyException();
	}

	private static void repeat(KeptSize kept, BiConsumer<KeptSize, String> count, int times) {
		for (int i = 0; i < times; i++) {
			count.accept(kept, PIECE);
		}
	}

}
