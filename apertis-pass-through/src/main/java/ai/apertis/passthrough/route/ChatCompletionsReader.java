package ai.apertis.passthrough.route;

import java.util.List;

import ai.apertis.passthrough.RefusedException;

/**
 * Reads requests for chat completions by the rules, whatever form they have. Safe for use
 * by several threads.
 */
public final class ChatCompletionsReader {

	/** The objects that rules look into. */
	private static final List<String> LOOKED_INTO = List.of("stream_options", "compression");

	private final RequestRules rules;

	private final RequestReader reader;

	/**
	 * Create a reader.
	 * @param rules what clients may ask for
	 */
	public ChatCompletionsReader(RequestRules rules) {
		this.rules = rules;
		this.reader = new RequestReader(rules);
	}

	/**
	 * Read a body.
	 * @param body the body as it came
	 * @param translation translates it to a request for chat completions
	 * @return the request for chat completions
	 * @throws RefusedException if it must not be sent upstream
	 */
	public RequestBody read(byte[] body, Translation translation) {
		RequestBody request = this.reader.read(body, translation, LOOKED_INTO);
		this.reader.requireBoolean(request, "stream");
		this.reader.requireAtMost(request, "n", this.rules.maxChoices());
		// the name that every provider knows; a model that refuses it gets the other one
		return this.reader.limitOutput(request, "max_tokens", "max_completion_tokens");
	}

}
