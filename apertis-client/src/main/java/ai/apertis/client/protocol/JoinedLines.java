package ai.apertis.client.protocol;

import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.sse.Event;
import ai.apertis.client.wire.WireJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;

/**
 * Splits events whose sender forgot the empty lines between them: by the standard their
 * {@code data} lines are one text, but each line is a JSON object of its own.
 */
final class JoinedLines {

	private static final ObjectReader ONE_VALUE = WireJson.mapper()
		.reader()
		.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

	private JoinedLines() {
	}

	/**
	 * Take such an event apart.
	 * @param event an event
	 * @return the events that it should have been, empty if it is one
	 */
	static List<Event> split(Event event) {
		if (!event.isJoined() || !"message".equals(event.type())) {
			return List.of();
		}
		List<Event> events = new ArrayList<>();
		for (String line : event.dataText().split("\n")) {
			String data = line.strip();
			if (!data.isEmpty()) {
				if (!data.equals("[DONE]") && !isObject(data)) {
					return List.of();
				}
				events.add(Event.ofLine(data));
			}
		}
		return (events.size() > 1) ? events : List.of();
	}

	private static boolean isObject(String text) {
		try {
			return text.startsWith("{") && ONE_VALUE.readTree(text).isObject();
		}
		catch (JacksonException ex) {
			// a piece of one that goes over several lines
			return false;
		}
	}

}
