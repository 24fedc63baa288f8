package ai.apertis.client.observation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.ApiProtocol;
import ai.apertis.client.wire.WireJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The chunks of an answer as they came, to be read after its end, if at all. No more is
 * kept than may be needed.
 */
final class Transcript {

	private static final int MAX_BYTES = 1024 * 1024;

	private static final JsonMapper JSON = WireJson.mapper();

	private final ApiProtocol protocol;

	private final List<byte[]> chunks = new ArrayList<>();

	private int bytes;

	private boolean whole = true;

	/**
	 * Create an empty transcript.
	 * @param protocol reads the text of the chunks
	 */
	Transcript(ApiProtocol protocol) {
		this.protocol = protocol;
	}

	void add(Event event) {
		int length = event.dataEnd() - event.dataStart();
		if (this.bytes + length > MAX_BYTES) {
			this.whole = false;
			return;
		}
		this.bytes += length;
		// the event's own bytes are overwritten by what comes next
		this.chunks.add(Arrays.copyOfRange(event.data(), event.dataStart(), event.dataEnd()));
	}

	/**
	 * Return whether no chunk has been left out.
	 */
	boolean isWhole() {
		return this.whole;
	}

	/**
	 * Read all that the model has written, its reasoning, its answer, its tool calls: one
	 * choice behind the other.
	 */
	String text() {
		Map<Integer, StringBuilder> texts = new TreeMap<>();
		for (byte[] chunk : this.chunks) {
			try {
				this.protocol.readText(JSON.readTree(chunk),
						(choice, text) -> texts.computeIfAbsent(choice, (index) -> new StringBuilder()).append(text));
			}
			catch (JacksonException ex) {
				// bytes that are no UTF-8: the others tell enough
				this.whole = false;
			}
		}
		return String.join("\n", texts.values());
	}

}
