package ai.apertis.benchmarks.gateway;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an answer consists of. It is written in the name of the model that a request asks,
 * so that it gets through every relay.
 *
 * @param kind what the events tell
 * @param events how many of them have a mark, besides the last ones
 * @param pauseMicros the time between two of them, in microseconds, 0 for none
 * @param together how many of them leave in one write
 */
public record Script(Kind kind, int events, long pauseMicros, int together) {

	private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"(\\w+)-(\\d+)-(\\d+)-(\\d+)\"");

	/**
	 * What an event tells.
	 */
	public enum Kind {

		/** A piece of text. */
		TEXT,

		/** A piece of a tool call's arguments. */
		TOOLS,

		/** A piece of reasoning. */
		REASONING

	}

	/**
	 * The name of the model that answers so.
	 */
	public String model() {
		return this.kind + "-" + this.events + "-" + this.pauseMicros + "-" + this.together;
	}

	static Script of(String request) {
		Matcher model = MODEL.matcher(request);
		if (!model.find()) {
			throw new IllegalArgumentException("No script in: " + request);
		}
		return new Script(Kind.valueOf(model.group(1)), Integer.parseInt(model.group(2)),
				Long.parseLong(model.group(3)), Integer.parseInt(model.group(4)));
	}

	/**
	 * A request for it.
	 */
	public byte[] request() {
		return ("{\"model\":\"" + model() + "\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
				+ "\"messages\":[{\"role\":\"user\",\"content\":\"Write a poem about coding\"}]}")
			.getBytes(StandardCharsets.UTF_8);
	}

}
