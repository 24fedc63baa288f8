package ai.apertis.test;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Generates prose that could be an answer. The same prompt always yields the same prose.
 */
final class Prose {

	private static final List<String> OPENINGS = List.of("Here is a short answer.",
			"Let me put it in a few plain sentences.", "There is more to this than meets the eye.",
			"Here is how I would look at it.");

	private static final List<String> SENTENCES = List.of(
			"Small steps, each of them whole, carry further than one leap.",
			"What is measured can be improved; what is only felt is soon forgotten.",
			"A stream is only as good as its slowest reader, so nobody is hurried.",
			"Each word arrives on its own, and none of them has to wait for the last.",
			"The clearest code tells its reader why, and leaves the how to the lines themselves.",
			"Every connection that is opened is closed again, on the good days and on the bad ones.",
			"Where two things look alike, it pays to ask whether they are the same.",
			"Numbers on a screen are a promise that somebody has counted.",
			"If a thing can fail, it should say so at once and in words that help.",
			"Patience is cheap; a thread that waits is not.");

	private static final String CLOSING = "This answer comes from the simulated gateway: no model was asked, and no"
			+ " token was paid for.";

	private static final String POEM = """
			A cursor blinks, the night is long,
			a bracket missing, something wrong.
			One word arrives, and then the next,
			and slowly they become a text.

			The stream runs on, it does not wait
			for those who read, or read too late;
			and when it ends, it says it so:
			a stream that’s whole will let you know.""";

	static final String IN_MARKDOWN = """
			## Streams, in short

			A stream is **complete** or it is *not*; there is no third way. Three signs tell you:

			1. the finish reason,
			2. the `[DONE]` marker,
			3. the end of the connection.

			```java
			Flux<String> tokens = apertis.chat("Hello").content();
			```

			| outcome | what you see |
			|---|---|
			| completed | `[DONE]` |
			| failed | an error event |

			""" + CLOSING;

	private static final int MAX_QUOTE_LENGTH = 60;

	private Prose() {
	}

	static String about(String prompt) {
		if (prompt.toLowerCase(Locale.ROOT).contains("poem")) {
			return POEM + "\n\n" + CLOSING;
		}
		Random random = new Random(prompt.hashCode());
		StringBuilder text = new StringBuilder(OPENINGS.get(random.nextInt(OPENINGS.size())));
		if (!prompt.isBlank()) {
			String topic = prompt.strip();
			String quote = (topic.length() > MAX_QUOTE_LENGTH) ? topic.substring(0, MAX_QUOTE_LENGTH) + "…" : topic;
			text.append(" You said “").append(quote).append(quote.matches(".*[.!?…]") ? "”" : "”.");
		}
		int first = random.nextInt(SENTENCES.size());
		for (int i = 0; i < 4; i++) {
			text.append(' ').append(SENTENCES.get((first + i * 3) % SENTENCES.size()));
		}
		return text.append("\n\n").append(CLOSING).toString();
	}

}
