package ai.apertis.passthrough.resume;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How stored events are counted and numbered: as clients count them.
 */
class StoredEventsTests {

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "\r" })
	void countsEventsWithEachLineEnd(String end) {
		String events = "data: a%ndata: b%n%nevent: error%ndata:c%n%n: ping%nid: 700%ndata: [DONE]%n%n".replace("%n",
				end);
		assertThat(StoredEvents.count(bytes(events))).isEqualTo(3);
		String numbered = new String(new EventNumbers(4).add(bytes(events)), StandardCharsets.UTF_8);
		assertThat(numbered).startsWith("id: 5\ndata: a" + end)
			.contains(end + "id: 6\nevent: error" + end)
			.contains("id: 7\n: ping")
			.doesNotContain("id: 700");
		assertThat(numbered.replaceAll("id: [567]\n", "")).isEqualTo(events.replace("id: 700" + end, ""));
	}

	@Test
	void seesNoEventWhereNoneIsWhole() {
		assertThat(StoredEvents.count(bytes("data: a\n"))).isZero();
		assertThat(StoredEvents.count(bytes("data: a"))).isZero();
		assertThat(StoredEvents.count(bytes("\n\n: comment\n\n"))).isZero();
		assertThat(StoredEvents.count(bytes("database: a\n\n"))).isZero();
		assertThat(StoredEvents.count(bytes(""))).isZero();
	}

	@Test
	void findsWhereTheNextEventBegins() {
		byte[] bytes = bytes("data: a\n\ndata: bc\n\n");
		assertThat(StoredEvents.end(bytes, 0)).isEqualTo(9);
		assertThat(StoredEvents.end(bytes, 9)).isEqualTo(bytes.length);
		assertThat(StoredEvents.end(bytes, bytes.length)).isEqualTo(-1);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
