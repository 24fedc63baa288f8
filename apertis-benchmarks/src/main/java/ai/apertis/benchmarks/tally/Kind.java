package ai.apertis.benchmarks.tally;

import java.time.Duration;

import ai.apertis.test.Reply;

/**
 * What a call meets, and what it costs at the gateway.
 */
enum Kind {

	/** The usage comes at the end. */
	TOLD(20, true, true) {

		@Override
		Answer answer(int id, int attempt) {
			return told(id, Reply.stream().content(Prose.pieces(1 + id % 4, 1 + id % 5)).finish("stop"));
		}

	},

	/** The usage comes with every chunk, and grows. */
	TOLD_ON_EVERY_CHUNK(10, true, true) {

		@Override
		Answer answer(int id, int attempt) {
			Reply reply = Reply.stream();
			for (int i = 1; i <= output(id); i += 10) {
				reply = reply.event("",
						"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}],\"usage\":{\"prompt_tokens\":"
								+ input(id) + ",\"completion_tokens\":" + i + "}}");
			}
			return told(id, reply.finish("stop"));
		}

	},

	/** The usage never comes. */
	UNREPORTED(15, true, false) {

		@Override
		Answer answer(int id, int attempt) {
			int paragraphs = 1 + id % 6;
			return Answer.notReported(
					Reply.stream().content(Prose.pieces(paragraphs, WORDS[id % 3])).finish("stop").done(),
					paragraphs * Prose.TOKENS);
		}

	},

	/** Two choices, interleaved, and no usage. */
	UNTOLD_CHOICES(5, true, false) {

		@Override
		Answer answer(int id, int attempt) {
			Reply reply = Reply.stream();
			for (String piece : Prose.pieces(2, WORDS[id % 3])) {
				for (int choice = 0; choice < 2; choice++) {
					reply = reply.event("",
							"{\"choices\":[{\"index\":" + choice + ",\"delta\":{\"content\":\"" + piece + "\"}}]}");
				}
			}
			reply = reply
				.event("",
						"{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},"
								+ "{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}")
				.done();
			return Answer.notReported(reply, 4 * Prose.TOKENS);
		}

		@Override
		String parameters() {
			return ",\"n\":2";
		}

	},

	/** Cut in the midst, after a usage. */
	CUT_TOLD(5, true, true) {

		@Override
		Answer answer(int id, int attempt) {
			return new Answer(Reply.stream().content(Prose.pieces(1, 2)).usage(input(id), output(id)).cut(), input(id),
					output(id));
		}

	},

	/** Cut in the midst, without one. */
	CUT(5, true, false) {

		@Override
		Answer answer(int id, int attempt) {
			return Answer.notReported(Reply.stream().content(Prose.pieces(2, WORDS[id % 3])).cut(), 2 * Prose.TOKENS);
		}

	},

	/** An error in the midst. */
	ERROR_INSIDE(5, true, false) {

		@Override
		Answer answer(int id, int attempt) {
			return Answer.notReported(
					Reply.stream().content(Prose.pieces(2, WORDS[id % 3])).errorEvent("server_error", "gone", "Gone"),
					2 * Prose.TOKENS);
		}

	},

	/** Silent in the midst. */
	STALLED(2, true, false) {

		@Override
		Answer answer(int id, int attempt) {
			return Answer.notReported(Reply.stream().content(Prose.pieces(2, WORDS[id % 3])).stall(), 2 * Prose.TOKENS);
		}

	},

	/** Refused. */
	REFUSED(3, true, true) {

		@Override
		Answer answer(int id, int attempt) {
			return new Answer(Reply.error(400, "invalid_request_error", "invalid", "No"), 0, 0);
		}

	},

	/** Overloaded at first, and well when it is repeated. */
	RETRIED(5, true, true) {

		@Override
		Answer answer(int id, int attempt) {
			return (attempt == 0) ? overloaded() : told(id, Reply.stream().content(Prose.pieces(1, 3)).finish("stop"));
		}

	},

	/** Overloaded until another model is asked. */
	FAILED_OVER(3, true, true) {

		@Override
		Answer answer(int id, int attempt) {
			return (attempt < 2) ? overloaded() : told(id, Reply.stream().content(Prose.pieces(1, 3)).finish("stop"));
		}

	},

	/** The client hangs up at some point, or not quite. */
	HUNG_UP(10, true, false) {

		@Override
		Answer answer(int id, int attempt) {
			Reply reply = Reply.stream();
			for (String piece : Prose.pieces(4, 4)) {
				reply = reply.content(piece).pause(Duration.ofMillis(2));
			}
			return Answer.notReported(reply.finish("stop").done(), 4 * Prose.TOKENS);
		}

		@Override
		int hangsUpAfter(int id) {
			return 300 + 150 * (id % 40);
		}

	},

	/** Not streamed, with a usage. */
	WHOLE(8, false, true) {

		@Override
		Answer answer(int id, int attempt) {
			return new Answer(Reply.completion(Prose.text(2), input(id), output(id)), input(id), output(id));
		}

	},

	/** Not streamed, without one. */
	WHOLE_UNTOLD(4, false, false) {

		@Override
		Answer answer(int id, int attempt) {
			return Answer.notReported(Reply.json(200, "{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":"
					+ "{\"role\":\"assistant\",\"content\":\"" + Prose.text(3) + "\"},\"finish_reason\":\"stop\"}]}"),
					3 * Prose.TOKENS);
		}

	};

	/** How many words a chunk has. */
	private static final int[] WORDS = { 1, 5, 40 };

	private final int share;

	private final boolean streamed;

	private final boolean told;

	Kind(int share, boolean streamed, boolean told) {
		this.share = share;
		this.streamed = streamed;
		this.told = told;
	}

	/**
	 * How many of a hundred calls are of this kind.
	 */
	int share() {
		return this.share;
	}

	boolean isStreamed() {
		return this.streamed;
	}

	/**
	 * Return whether the gateway tells what it bills.
	 */
	boolean isTold() {
		return this.told;
	}

	/**
	 * What the gateway does.
	 * @param id the number of the call
	 * @param attempt how many there were before
	 */
	abstract Answer answer(int id, int attempt);

	/**
	 * Further members of the request.
	 */
	String parameters() {
		return "";
	}

	/**
	 * After how many bytes the client hangs up, 0 for never.
	 */
	int hangsUpAfter(int id) {
		return 0;
	}

	private static int input(int id) {
		return 10 + id % 50;
	}

	private static int output(int id) {
		return 20 + id % 300;
	}

	private static Answer told(int id, Reply reply) {
		return new Answer(reply.usage(input(id), output(id)).done(), input(id), output(id));
	}

	private static Answer overloaded() {
		return new Answer(Reply.error(503, "server_error", "model_overloaded", "Busy"), 0, 0);
	}

	/**
	 * An answer, and what it costs.
	 *
	 * @param reply the answer
	 * @param input the tokens of its prompt
	 * @param output its own tokens
	 */
	record Answer(Reply reply, long input, long output) {

		/** With the frame of the message, as OpenAI counts it. */
		private static final int PROMPT = Prose.TOKENS + 7;

		static Answer notReported(Reply reply, int output) {
			return new Answer(reply, PROMPT, output);
		}

	}

}
