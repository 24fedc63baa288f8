package ai.apertis.client.sse;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ByteRange;
import net.jqwik.api.constraints.Size;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The end of a line is where looking at each byte finds it.
 */
class LineEndTests {

	@Property(tries = 2_000)
	void findsWhatIsFoundByteByByte(@ForAll @Size(max = 40) byte[] any,
			@ForAll @Size(max = 40) @ByteRange(min = 8, max = 14) byte[] close) {
		for (byte[] bytes : new byte[][] { any, close }) {
			for (int start = 0; start <= bytes.length; start++) {
				int expected = start;
				while (expected < bytes.length && bytes[expected] != '\n' && bytes[expected] != '\r') {
					expected++;
				}
				assertThat(LineEnd.find(bytes, start, bytes.length)).isEqualTo(expected);
			}
		}
	}

}
