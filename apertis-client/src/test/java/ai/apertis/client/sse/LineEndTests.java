package ai.apertis.client.sse;

import java.util.Random;

import ai.apertis.client.Tries;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The end of a line is where looking at each byte finds it.
 */
class LineEndTests {

	@Test
	void findsWhatIsFoundByteByByte() {
		Tries.of(4_000, (random) -> {
			byte[] bytes = bytes(random);
			for (int start = 0; start <= bytes.length; start++) {
				int expected = start;
				while (expected < bytes.length && bytes[expected] != '\n' && bytes[expected] != '\r') {
					expected++;
				}
				assertThat(LineEnd.find(bytes, start, bytes.length)).isEqualTo(expected);
			}
		});
	}

	/**
	 * Any bytes, or those beside CR and LF.
	 */
	private static byte[] bytes(Random random) {
		byte[] bytes = new byte[random.nextInt(41)];
		random.nextBytes(bytes);
		if (random.nextBoolean()) {
			for (int i = 0; i < bytes.length; i++) {
				bytes[i] = (byte) (8 + Math.floorMod(bytes[i], 7));
			}
		}
		return bytes;
	}

}
