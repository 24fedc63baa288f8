package ai.apertis.client.sse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.tokens.TokenTally;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.client.wire.UsageObjects;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Judges a stream by its events: which choices have begun and which have their finish
 * reason, the usage, an error, the done marker. It looks into an event only as far as
 * that needs. Not safe for use by several threads at a time.
 */
public final class Verdict {

	private static final JsonMapper JSON = WireJson.mapper();

	private static final byte[] DONE_MARKER = "[DONE]".getBytes(StandardCharsets.US_ASCII);

	private static final String ERROR = "error";

	private static final Set<String> REASONING = Set.of("reasoning_content", "reasoning", "thinking");

	/**
	 * The other members of a delta in which there is something that the model has
	 * written.
	 */
	private static final Set<String> WRITTEN_IN = Set.of("content", "refusal", "tool_calls", "function_call");

	/** And what it is called there. */
	private static final Set<String> WRITTEN = Set.of("content", "refusal", "reasoning_content", "reasoning",
			"thinking", "text", "summary", "name", "arguments");

	private static final int MAX_REASONS = 10;

	private static final double MIN_PER_CHUNK = 0.5;

	private static final double MAX_PER_CHUNK = 1.4;

	/** A stream whose chunks are all different is not worth the trouble. */
	private static final int MAX_TEMPLATES = 10;

	private final int choices;

	private final boolean finishReasonRequired;

	private final FinishReasons reasons;

	private final Map<Integer, ChoiceState> states = new HashMap<>();

	/** How many of them have a finish reason. */
	private int finished;

	/** What most chunks are like; {@code null} if none was parsed yet. */
	private @Nullable ChunkTemplate template;

	/** The one choice that a chunk like the template is a part of. */
	private @Nullable ChoiceState templateChoice;

	/** Templates that may still be tried before one fits. */
	private int templatesLeft = MAX_TEMPLATES;

	private long chunks;

	private long contentChunks;

	/** What there was when the usage was told last. */
	private long accounted;

	private @Nullable String id;

	private final List<String> finishReasons = new ArrayList<>(1);

	private boolean done;

	private @Nullable GatewayError error;

	private boolean errorObject;

	private @Nullable JsonNode usage;

	private @Nullable JsonNode sideUsage;

	/**
	 * Return the verdict on a stream of which nothing has come.
	 * @return the verdict
	 */
	public static Verdict ofNothing() {
		return new Verdict(1, true, FinishReasons.DEFAULTS);
	}

	/**
	 * Create a verdict for one stream.
	 * @param choices how many choices were asked for
	 * @param finishReasonRequired whether a done marker without any finish reason, after
	 * content began, leaves the stream interrupted
	 * @param reasons what finish reasons mean
	 */
	public Verdict(int choices, boolean finishReasonRequired, FinishReasons reasons) {
		this.choices = choices;
		this.finishReasonRequired = finishReasonRequired;
		this.reasons = reasons;
	}

	/**
	 * Take the next event into account.
	 * @param event the event
	 * @return what the event means for the stream
	 * @throws JacksonException if the event should be JSON and is not
	 */
	public EventKind observe(Event event) {
		if (!event.hasData()) {
			return observeFieldNamedError(event);
		}
		if (isLikeTheLast(event)) {
			this.chunks++;
			this.contentChunks++;
			return EventKind.CHUNK;
		}
		int start = event.dataStart();
		int end = event.dataEnd();
		while (start < end && isBlank(event.data()[start])) {
			start++;
		}
		while (start < end && isBlank(event.data()[end - 1])) {
			end--;
		}
		if (isDoneMarker(event.data(), start, end)) {
			this.done = true;
			return EventKind.DONE;
		}
		boolean errorEvent = ERROR.equals(event.type());
		if (!errorEvent && (start == end || event.data()[start] == ':')) {
			// a comment that a proxy has wrapped into data
			return EventKind.NOTHING;
		}
		return errorEvent ? observeErrorEvent(event) : observeJson(event);
	}

	private boolean isLikeTheLast(Event event) {
		if (this.template == null || !this.template.matches(event) || ERROR.equals(event.type())
				|| (this.templateChoice != null && this.templateChoice.isFinished())) {
			return false;
		}
		this.templatesLeft = MAX_TEMPLATES;
		if (this.templateChoice != null) {
			this.template.count(event, this.templateChoice.tally);
		}
		return true;
	}

	private EventKind observeJson(Event event) {
		try (JsonParser parser = JSON.createParser(event.data(), event.dataStart(),
				event.dataEnd() - event.dataStart())) {
			return new ChunkScan(parser, new Strings.OfBytes(event, parser)).at(event);
		}
		catch (JacksonException ex) {
			if (!InvalidUtf8.isIn(event)) {
				throw ex;
			}
			try (JsonParser parser = JSON.createParser(event.dataText())) {
				// its offsets are those of characters
				this.templatesLeft = 0;
				return new ChunkScan(parser, new Strings.OfText(parser)).at(event);
			}
		}
	}

	private EventKind observeErrorEvent(Event event) {
		String text = event.dataText();
		JsonNode json = object(text);
		GatewayError read = (json != null) ? GatewayErrorReader.read(json) : null;
		this.errorObject = (read != null && json != null && json.path(ERROR).isObject());
		if (read == null) {
			read = new GatewayError(text.isBlank() ? "the gateway gave no message" : text.strip(), null, null, null, 0);
		}
		this.error = read;
		return EventKind.ERROR;
	}

	private static @Nullable JsonNode object(String text) {
		try {
			return JSON.readTree(text);
		}
		catch (JacksonException ex) {
			// plain text
			return null;
		}
	}

	/**
	 * Older gateways tell of an error in a field of that name, others write its JSON
	 * without any field. The standard wants both ignored.
	 */
	private EventKind observeFieldNamedError(Event event) {
		String block = event.blockText().strip();
		if (block.startsWith("{")) {
			this.error = GatewayErrorReader.read(block);
			return (this.error != null) ? EventKind.ERROR : EventKind.NOTHING;
		}
		for (String line : block.split("\r\n|\r|\n")) {
			if (line.startsWith("error:")) {
				String text = line.substring("error:".length()).strip();
				GatewayError read = GatewayErrorReader.read(text);
				this.error = (read != null) ? read : new GatewayError(text, null, null, null, 0);
				return EventKind.ERROR;
			}
		}
		return EventKind.NOTHING;
	}

	/**
	 * Look at what is left of a body that ended within an event. It is no part of the
	 * answer, but an error, or the done marker, is what it says.
	 * @param rest the bytes that are left
	 */
	void observeUnterminated(Event rest) {
		if (this.error != null) {
			return;
		}
		if (!rest.hasData()) {
			observeFieldNamedError(rest);
			return;
		}
		String text = rest.dataText().strip();
		if (text.equals("[DONE]")) {
			this.done = true;
		}
		else if (ERROR.equals(rest.type())) {
			observeErrorEvent(rest);
		}
		else {
			this.error = GatewayErrorReader.read(text);
		}
	}

	/**
	 * Look at an event behind the end of the answer, which may only tell the usage.
	 * @param event the event
	 * @return whether it is a usage and nothing else
	 */
	boolean observeTrailing(Event event) {
		JsonNode json = event.hasData() ? object(event.dataText()) : null;
		JsonNode reported = (json != null) ? json.path("usage") : null;
		if (json == null || reported == null || !reported.isObject() || !UsageObjects.hasTokens(reported)) {
			return false;
		}
		this.usage = UsageObjects.merged(this.usage, reported);
		this.accounted = tokens();
		return json.path("choices").isEmpty();
	}

	private static boolean isBlank(byte b) {
		return b == ' ' || b == '\t' || b == '\n';
	}

	private static boolean isDoneMarker(byte[] data, int start, int end) {
		return Arrays.equals(data, start, end, DONE_MARKER, 0, DONE_MARKER.length);
	}

	/**
	 * Return whether the answer is whole by its finish reasons, whether or not anything
	 * may follow. What follows of the answer itself takes their force away.
	 * @return whether every choice that was asked for has a finish reason to be trusted
	 */
	public boolean isWhole() {
		return this.error == null && this.states.size() >= this.choices
				&& this.states.values().stream().allMatch(ChoiceState::isTrustworthy);
	}

	/**
	 * Return whether the answer is whole, and its finish reasons stand where they belong:
	 * behind its content, in chunks without any. Some providers give one with each chunk.
	 * @return whether nothing but the usage can be expected
	 */
	boolean isAtEnd() {
		// asked for each chunk
		return this.finished > 0 && isWhole() && this.states.values().stream().allMatch((choice) -> choice.bare);
	}

	/**
	 * Judge the stream, if it ended now and nobody cancelled it.
	 * @return how it has ended
	 */
	public Outcome outcome() {
		if (this.error != null) {
			return Outcome.FAILED;
		}
		return (isWhole() || isVouchedForByDoneMarker()) ? Outcome.COMPLETED : Outcome.INTERRUPTED;
	}

	/**
	 * A done marker is no proof, as gateways append it themselves when a provider dies.
	 */
	private boolean isVouchedForByDoneMarker() {
		return this.done
				&& (!this.finishReasonRequired || this.states.values().stream().allMatch(ChoiceState::isFinished));
	}

	/**
	 * Return the id of the answer.
	 * @return the first id that an event has told, {@code null} if none has
	 */
	public @Nullable String id() {
		return this.id;
	}

	/**
	 * Return why the choices ended.
	 * @return the different finish reasons, in the provider's words
	 */
	public List<String> finishReasons() {
		return List.copyOf(this.finishReasons);
	}

	/**
	 * Return how many chunks have come. Most providers send a chunk for each token, so
	 * that this is about what an answer has cost of which the usage was not told.
	 * @return the number of events that were a part of the answer
	 */
	public long chunks() {
		return this.chunks;
	}

	/**
	 * Return how many tokens the answer has about, as far as it has come: by its text,
	 * unless the chunks are about as many, as most providers send one for each token.
	 * @return the number of tokens of all choices
	 */
	public long tokens() {
		long tokens = 0;
		for (ChoiceState choice : this.states.values()) {
			tokens += choice.tally.tokens();
		}
		boolean oneEach = tokens <= MAX_PER_CHUNK * this.contentChunks && tokens >= MIN_PER_CHUNK * this.contentChunks;
		return oneEach ? this.contentChunks : tokens;
	}

	/**
	 * Return how many tokens have come about since the usage was told last.
	 * @return the number of tokens, all of them if it never was
	 */
	public long tokensSinceUsage() {
		return Math.max(0, tokens() - this.accounted);
	}

	/**
	 * Return whether the done marker was seen.
	 * @return whether it was seen
	 */
	public boolean isDone() {
		return this.done;
	}

	/**
	 * Return the error that the gateway told inside the stream.
	 * @return the error, or {@code null} if there was none
	 */
	public @Nullable GatewayError error() {
		return this.error;
	}

	/**
	 * Return whether the error came as an object under the name {@code error}, which is
	 * the shape that clients understand.
	 * @return whether it came in the usual shape
	 */
	public boolean isErrorObject() {
		return this.error != null && this.errorObject;
	}

	/**
	 * Return the last usage that was told: at the top level of an event, else in one of
	 * the places where some providers put it. Usages are never added up. A usage of
	 * nothing but zeros for an answer that has come tells nothing.
	 * @return the usage object, or {@code null} if none was told
	 */
	public @Nullable JsonNode usage() {
		JsonNode reported = (this.usage != null) ? this.usage : this.sideUsage;
		return (reported != null && (this.chunks == 0 || UsageObjects.hasTokens(reported))) ? reported : null;
	}

	/**
	 * Return whether anything of the answer has come: content of any kind, a finish
	 * reason, or the usage. The first chunks of many providers say nothing yet.
	 * @return whether there is something to hand on
	 */
	boolean hasSubstance() {
		return this.done || this.usage != null || this.sideUsage != null
				|| this.states.values().stream().anyMatch((choice) -> choice.content || choice.isFinished());
	}

	/**
	 * What an event means for its stream.
	 */
	public enum EventKind {

		/** A part of the answer, or something unknown that may be one. */
		CHUNK,

		/** The usage of the stream and nothing else: no choice is in it. */
		USAGE,

		/** The done marker. */
		DONE,

		/** An error. It may have a part of the answer in it. */
		ERROR,

		/** A sign of life. */
		NOTHING

	}

	/**
	 * One pass over the JSON of an event.
	 */
	private final class ChunkScan {

		private static final int MAX_STRINGS = 8;

		/** A larger event is like no other, and would be kept in vain. */
		private static final int MAX_TEMPLATE = 4 * 1024;

		private final JsonParser parser;

		private boolean suspicious;

		private boolean errorObject;

		private int choices;

		private boolean hasUsage;

		private @Nullable String failedReason;

		/** Whether it has told a finish reason, or a usage in an unusual place. */
		private boolean reported;

		private boolean hasContent;

		/** Whether a detail with a text was skipped. */
		private boolean detail;

		private @Nullable ChoiceState choice;

		private final int[] quotes = new int[MAX_STRINGS];

		private final boolean[] texts = new boolean[MAX_STRINGS];

		/** The text of the choice that is looked at is kept here. */
		private final Strings written;

		private boolean inContent;

		private int strings;

		ChunkScan(JsonParser parser, Strings written) {
			this.parser = parser;
			this.written = written;
		}

		EventKind at(Event event) {
			if (this.parser.nextToken() != JsonToken.START_OBJECT) {
				throw new NotAnObjectException(this.parser);
			}
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken value = this.parser.nextToken();
				switch (name) {
					case "id" -> id(value);
					case "choices" -> choices(value);
					case "usage" -> usage(value);
					case "x_groq" -> groq(value);
					case ERROR -> {
						this.errorObject = (value == JsonToken.START_OBJECT);
						suspect(value);
					}
					case "code" -> suspect(value);
					case "object", "type" -> {
						this.suspicious |= (value == JsonToken.VALUE_STRING && ERROR.equals(this.parser.getString()));
					}
					// much the same in all chunks
					case "model", "system_fingerprint", "service_tier", "provider" -> this.parser.skipChildren();
					default -> unheeded(value);
				}
			}
			if (this.parser.nextToken() != null) {
				throw new NotAnObjectException(this.parser);
			}
			if (isError(event)) {
				return EventKind.ERROR;
			}
			if (this.hasUsage && this.choices == 0) {
				account();
				return EventKind.USAGE;
			}
			Verdict.this.chunks++;
			if (this.hasContent) {
				Verdict.this.contentChunks++;
			}
			keepTemplate(event);
			account();
			return EventKind.CHUNK;
		}

		/**
		 * What came with the usage is a part of it.
		 */
		private void account() {
			if (this.hasUsage) {
				Verdict.this.accounted = tokens();
			}
		}

		private boolean isError(Event event) {
			if (this.suspicious) {
				Verdict.this.error = GatewayErrorReader.read(event.dataText());
			}
			if (Verdict.this.error == null && this.failedReason != null) {
				Verdict.this.error = new GatewayError(
						"The answer ended with the finish reason '" + this.failedReason + "'", null,
						ERROR.equals(this.failedReason) ? null : this.failedReason, null, 0);
			}
			Verdict.this.errorObject = this.errorObject;
			return Verdict.this.error != null;
		}

		/**
		 * The first one that is not empty counts.
		 */
		private void id(JsonToken value) {
			if (Verdict.this.id == null && value == JsonToken.VALUE_STRING && !this.parser.getString().isEmpty()) {
				Verdict.this.id = this.parser.getString();
			}
			this.parser.skipChildren();
		}

		private void suspect(JsonToken value) {
			this.suspicious |= (value != JsonToken.VALUE_NULL);
			this.parser.skipChildren();
		}

		/**
		 * Skip a value, and remember where the strings in it are.
		 * @return whether there is anything in it
		 */
		private boolean unheeded(JsonToken value) {
			int depth = 0;
			int tokens = 0;
			for (JsonToken token = value; token != null; token = this.parser.nextToken()) {
				if (token == JsonToken.VALUE_STRING) {
					boolean text = this.inContent && WRITTEN.contains(String.valueOf(this.parser.currentName()));
					if (Verdict.this.templatesLeft > 0) {
						remember(this.parser.currentTokenLocation().getByteOffset(), text);
					}
					if (text) {
						this.written.keep();
					}
					this.detail |= isDetailText();
				}
				depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
				tokens++;
				if (depth == 0) {
					break;
				}
			}
			// more than the two of its own brackets
			return !value.isStructStart() || tokens > 2;
		}

		private void remember(long quote, boolean text) {
			if (this.strings < this.quotes.length) {
				this.quotes[this.strings] = (int) quote;
				this.texts[this.strings] = text;
			}
			this.strings++;
		}

		/**
		 * Only of a chunk that tells nothing: its like tell nothing either.
		 */
		private void keepTemplate(Event event) {
			if (Verdict.this.templatesLeft > 0) {
				Verdict.this.templatesLeft--;
				// one without content would say nothing of those with
				boolean plain = this.hasContent && !this.suspicious && !this.hasUsage && !this.reported
						&& this.choices == 1 && this.strings <= this.quotes.length
						&& event.dataEnd() - event.dataStart() <= MAX_TEMPLATE;
				Verdict.this.template = plain ? ChunkTemplate.of(event, this.quotes, this.texts, this.strings) : null;
				Verdict.this.templateChoice = this.choice;
			}
		}

		private void usage(JsonToken value) {
			JsonNode read = nonEmptyObject(value);
			if (read != null) {
				this.hasUsage = true;
				Verdict.this.usage = UsageObjects.merged(Verdict.this.usage, read);
			}
		}

		private void sideUsage(JsonToken value) {
			JsonNode read = nonEmptyObject(value);
			if (read != null) {
				this.reported = true;
				Verdict.this.sideUsage = UsageObjects.merged(Verdict.this.sideUsage, read);
			}
		}

		private @Nullable JsonNode nonEmptyObject(JsonToken value) {
			if (value != JsonToken.START_OBJECT) {
				this.parser.skipChildren();
				return null;
			}
			JsonNode read = this.parser.readValueAsTree();
			return read.isEmpty() ? null : read;
		}

		private void groq(JsonToken value) {
			if (value != JsonToken.START_OBJECT) {
				this.parser.skipChildren();
				return;
			}
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken member = this.parser.nextToken();
				if (name.equals("usage")) {
					sideUsage(member);
				}
				else {
					this.parser.skipChildren();
				}
			}
		}

		private void choices(JsonToken value) {
			if (value != JsonToken.START_ARRAY) {
				this.parser.skipChildren();
				return;
			}
			for (JsonToken element = this.parser.nextToken(); element != JsonToken.END_ARRAY; element = this.parser
				.nextToken()) {
				if (element == JsonToken.START_OBJECT) {
					choice(this.choices);
				}
				else {
					this.parser.skipChildren();
				}
				this.choices++;
			}
		}

		private void choice(int position) {
			int index = position;
			boolean finished = false;
			boolean hasDelta = false;
			boolean inDelta = false;
			boolean inMessage = false;
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken value = this.parser.nextToken();
				switch (name) {
					case "index" -> index = index(value, position);
					case "finish_reason" -> finished = finishReason(value);
					case "usage" -> sideUsage(value);
					case ERROR -> suspect(value);
					case "delta" -> {
						hasDelta = (value == JsonToken.START_OBJECT);
						if (hasDelta) {
							forgetText();
						}
						inDelta = message(value, true);
					}
					// the whole text so far at some providers, if there is a delta too
					case "message" -> inMessage = message(value, !hasDelta);
					default -> this.parser.skipChildren();
				}
			}
			boolean content = hasDelta ? inDelta : inMessage;
			ChoiceState state = Verdict.this.states.computeIfAbsent(index, (number) -> new ChoiceState());
			Verdict.this.finished += state.add(content, finished);
			this.written.tally(state.tally);
			this.hasContent |= content;
			this.choice = state;
		}

		/**
		 * Skip a delta or a message, and remember where the strings in it are.
		 * @param counts whether its text counts
		 * @return whether it has anything of the answer in it
		 */
		private boolean message(JsonToken value, boolean counts) {
			if (value != JsonToken.START_OBJECT) {
				this.parser.skipChildren();
				return false;
			}
			boolean content = false;
			boolean reasoned = false;
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				JsonToken member = this.parser.nextToken();
				boolean something = switch (name) {
					case "content", "refusal", "reasoning_content", "reasoning", "thinking" -> isText(member);
					case "tool_calls", "images" -> member == JsonToken.START_ARRAY;
					case "function_call", "audio" -> member == JsonToken.START_OBJECT;
					default -> false;
				};
				boolean details = name.equals("reasoning_details");
				boolean reasoning = details || REASONING.contains(name);
				this.detail = false;
				// many tell the same reasoning twice
				this.inContent = counts && (reasoning ? !reasoned : WRITTEN_IN.contains(name));
				// an empty list or object has nothing in it
				boolean filled = unheeded(member);
				this.inContent = false;
				boolean reported = (something && filled) || (details && this.detail);
				reasoned |= reasoning && reported;
				content |= reported;
			}
			return content;
		}

		private void forgetText() {
			this.written.forget();
			Arrays.fill(this.texts, false);
		}

		/**
		 * Details may be nothing but a signature, which is no part of the answer.
		 */
		private boolean isDetailText() {
			String name = this.parser.currentName();
			return ("text".equals(name) || "summary".equals(name)) && !this.written.isAtEmpty();
		}

		private boolean isText(JsonToken value) {
			return value == JsonToken.VALUE_STRING ? !this.written.isAtEmpty() : value.isStructStart();
		}

		private int index(JsonToken value, int position) {
			try {
				return value.isNumeric() ? (int) this.parser.getDoubleValue() : position;
			}
			catch (JacksonException ex) {
				// beyond what a number can be
				return position;
			}
		}

		private boolean finishReason(JsonToken value) {
			if (value != JsonToken.VALUE_STRING) {
				this.parser.skipChildren();
				return false;
			}
			String reason = this.parser.getString();
			if (FinishReasons.isAbsent(reason)) {
				return false;
			}
			this.reported = true;
			if (Verdict.this.reasons.isFailure(reason)) {
				this.failedReason = reason;
			}
			if (Verdict.this.finishReasons.size() < MAX_REASONS && !Verdict.this.finishReasons.contains(reason)) {
				Verdict.this.finishReasons.add(reason);
			}
			return true;
		}

	}

	/**
	 * What is known of one choice. A finish reason counts until content follows.
	 */
	private static final class ChoiceState {

		private final TokenTally tally = new TokenTally();

		/** Whether anything of the choice has come. */
		private boolean content;

		private boolean finished;

		/** Whether the finish reason came behind the content, in a chunk without any. */
		private boolean bare;

		/** How many finish reasons were followed by content. */
		private int refuted;

		/**
		 * Add a chunk.
		 * @return by how much the number of finished choices changes
		 */
		int add(boolean hasContent, boolean hasReason) {
			boolean before = this.finished;
			if (hasContent && this.finished) {
				this.refuted++;
				this.finished = false;
			}
			if (hasReason) {
				this.bare = !hasContent && this.content;
				this.finished = true;
			}
			this.content |= hasContent;
			return (this.finished == before) ? 0 : this.finished ? 1 : -1;
		}

		boolean isFinished() {
			return this.finished;
		}

		/**
		 * A provider that gives a reason with each chunk may be cut behind any of them.
		 */
		boolean isTrustworthy() {
			return this.finished && (this.refuted == 0 || (this.refuted == 1 && this.bare));
		}

	}

	private static final class NotAnObjectException extends JacksonException {

		NotAnObjectException(JsonParser parser) {
			super(parser, "not a JSON object");
		}

	}

}
