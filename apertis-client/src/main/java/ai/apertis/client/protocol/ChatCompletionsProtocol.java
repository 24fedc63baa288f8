package ai.apertis.client.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.GatewayErrorReader;
import ai.apertis.client.error.Setting;
import ai.apertis.client.protocol.Choices.Choice;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.client.wire.FinishReasons;
import ai.apertis.client.wire.UsageObjects;
import ai.apertis.client.wire.WireJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@link StreamProtocol} of chat completions: which choices have begun and which have
 * their finish reason, the usage, errors, the done marker. It looks into an event only as
 * far as that needs.
 */
public final class ChatCompletionsProtocol implements StreamProtocol {

	private static final JsonMapper JSON = WireJson.mapper();

	private static final String DONE = "[DONE]";

	private static final byte[] DONE_MARKER = DONE.getBytes(StandardCharsets.US_ASCII);

	private static final int MAX_REASONS = 10;

	/** A stream whose chunks are all different is not worth the trouble. */
	private static final int MAX_TEMPLATES = 10;

	private final boolean finishReasonRequired;

	private final FinishReasons reasons;

	private final Choices choices;

	/** What most chunks are like; {@code null} if none was parsed yet. */
	private @Nullable ChunkTemplate template;

	/** The one choice that a chunk like the template is a part of. */
	private @Nullable Choice templateChoice;

	/** Templates that may still be tried before one fits. */
	private int templatesLeft = MAX_TEMPLATES;

	private final ChunkCount count;

	private @Nullable String id;

	private final List<String> finishReasons = new ArrayList<>(1);

	private boolean done;

	private @Nullable GatewayError error;

	private boolean errorConventional;

	private @Nullable JsonNode usage;

	private @Nullable JsonNode sideUsage;

	/**
	 * Create the protocol of one stream.
	 * @param choices how many choices were requested
	 * @param finishReasonRequired whether a done marker without any finish reason, after
	 * content began, leaves the stream interrupted
	 * @param reasons what finish reasons mean
	 */
	public ChatCompletionsProtocol(int choices, boolean finishReasonRequired, FinishReasons reasons) {
		this.choices = new Choices(choices);
		this.count = new ChunkCount(this.choices::tokens);
		this.finishReasonRequired = finishReasonRequired;
		this.reasons = reasons;
	}

	@Override
	public EventKind observe(Event event) {
		if (!event.hasData()) {
			return observeWithoutData(event);
		}
		if (isLikeTheLast(event)) {
			this.count.add(true);
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
		if (Arrays.equals(event.data(), start, end, DONE_MARKER, 0, DONE_MARKER.length)) {
			this.done = true;
			return EventKind.DONE;
		}
		boolean error = ErrorEvents.isError(event);
		if (!error && (start == end || event.data()[start] == ':')) {
			// a comment that a proxy has wrapped into data
			return EventKind.NOTHING;
		}
		return error ? observeError(event) : observeChunk(event);
	}

	private static boolean isBlank(byte b) {
		return b == ' ' || b == '\t' || b == '\n';
	}

	private boolean isLikeTheLast(Event event) {
		if (this.template == null || !this.template.matches(event) || ErrorEvents.isError(event)
				|| (this.templateChoice != null && this.templateChoice.isFinished())) {
			return false;
		}
		this.templatesLeft = MAX_TEMPLATES;
		if (this.templateChoice != null) {
			this.template.count(event, this.templateChoice.tally());
		}
		return true;
	}

	private EventKind observeChunk(Event event) {
		StringPlaces places = (this.templatesLeft > 0) ? new StringPlaces() : null;
		try (JsonParser parser = JSON.createParser(event.data(), event.dataStart(),
				event.dataEnd() - event.dataStart())) {
			return add(scan(parser, new Strings.OfBytes(event, parser), places), event, places);
		}
		catch (JacksonException ex) {
			if (event.isUtf8()) {
				throw ex;
			}
			try (JsonParser parser = JSON.createParser(event.dataText())) {
				// its offsets are those of characters
				this.templatesLeft = 0;
				return add(scan(parser, new Strings.OfText(parser), null), event, null);
			}
		}
	}

	/**
	 * Nothing that is read before a failure is lost.
	 */
	private ChunkScan scan(JsonParser parser, Strings written, @Nullable StringPlaces places) {
		ChunkScan chunk = new ChunkScan(parser, written, places, this.choices, this.id);
		try {
			chunk.read();
		}
		finally {
			this.id = chunk.id();
			addUsage(chunk);
			chunk.finishReasons().forEach(this::addFinishReason);
		}
		return chunk;
	}

	private EventKind add(ChunkScan chunk, Event event, @Nullable StringPlaces places) {
		if (isError(chunk, event)) {
			return EventKind.ERROR;
		}
		boolean partOfAnswer = chunk.usage() == null || chunk.hasChoices();
		if (partOfAnswer) {
			this.count.add(chunk.hasContent());
			if (places != null) {
				this.templatesLeft--;
				this.template = chunk.isPlain() ? places.template(event) : null;
				this.templateChoice = chunk.lastChoice();
			}
		}
		if (chunk.usage() != null) {
			// what came with the usage is a part of it
			this.count.account();
		}
		return partOfAnswer ? EventKind.CHUNK : EventKind.USAGE;
	}

	private void addUsage(ChunkScan chunk) {
		if (chunk.usage() != null) {
			this.usage = UsageObjects.merged(this.usage, chunk.usage());
		}
		if (chunk.sideUsage() != null) {
			this.sideUsage = UsageObjects.merged(this.sideUsage, chunk.sideUsage());
		}
	}

	private void addFinishReason(String reason) {
		if (this.finishReasons.size() < MAX_REASONS && !this.finishReasons.contains(reason)) {
			this.finishReasons.add(reason);
		}
	}

	private boolean isError(ChunkScan chunk, Event event) {
		if (chunk.isSuspicious()) {
			this.error = GatewayErrorReader.read(event.dataText());
		}
		String failed = null;
		for (String reason : chunk.finishReasons()) {
			failed = this.reasons.isFailure(reason) ? reason : failed;
		}
		if (this.error == null && failed != null) {
			this.error = new GatewayError("The answer ended with the finish reason '" + failed + "'", null,
					ErrorEvents.ERROR.equals(failed) ? null : failed, null, 0);
		}
		this.errorConventional = chunk.hasErrorObject();
		return this.error != null;
	}

	private EventKind observeError(Event event) {
		this.error = ErrorEvents.read(event);
		this.errorConventional = ErrorEvents.isConventional(event);
		return EventKind.ERROR;
	}

	private EventKind observeWithoutData(Event event) {
		this.error = ErrorEvents.readWithoutData(event);
		this.errorConventional = false;
		return (this.error != null) ? EventKind.ERROR : EventKind.NOTHING;
	}

	@Override
	public void observeUnterminated(Event rest) {
		if (this.error != null) {
			return;
		}
		if (!rest.hasData()) {
			observeWithoutData(rest);
			return;
		}
		String text = rest.dataText().strip();
		if (text.equals(DONE)) {
			this.done = true;
		}
		else if (ErrorEvents.isError(rest)) {
			observeError(rest);
		}
		else {
			this.error = GatewayErrorReader.read(text);
		}
	}

	/**
	 * Some providers report the usage behind the done marker.
	 */
	@Override
	public EventKind observeTrailing(Event event) {
		JsonNode json = event.hasData() ? ErrorEvents.json(event.dataText()) : null;
		JsonNode reported = (json != null) ? json.path("usage") : null;
		if (json == null || reported == null || !reported.isObject() || !UsageObjects.hasTokens(reported)) {
			return EventKind.NOTHING;
		}
		this.usage = UsageObjects.merged(this.usage, reported);
		this.count.account();
		return json.path("choices").isEmpty() ? EventKind.USAGE : EventKind.NOTHING;
	}

	@Override
	public List<Event> split(Event event) {
		return JoinedLines.split(event);
	}

	/**
	 * Return whether the answer is whole by its finish reasons, whether or not anything
	 * may follow. What follows of the answer itself takes their force away.
	 */
	boolean isWhole() {
		return this.error == null && this.choices.areWhole();
	}

	@Override
	public boolean isAtEnd() {
		return this.error == null && this.choices.areAtEnd();
	}

	@Override
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
		return this.done && (!this.finishReasonRequired || this.choices.areFinished());
	}

	@Override
	public String interruption() {
		return this.done
				? "The stream was marked as done, but no finish reason came: the answer may be cut off."
						+ " If this provider never sends one, set " + Setting.FINISH_REASON_REQUIRED + " to false"
				: StreamProtocol.super.interruption();
	}

	@Override
	public @Nullable GatewayError error() {
		return this.error;
	}

	@Override
	public boolean isErrorConventional() {
		return this.error != null && this.errorConventional;
	}

	/**
	 * The first chunks of many providers say nothing yet.
	 */
	@Override
	public boolean hasSubstance() {
		return this.done || this.usage != null || this.sideUsage != null || this.choices.haveSubstance();
	}

	@Override
	public long tokens() {
		return this.count.tokensAtMost();
	}

	@Override
	public StreamSummary summary() {
		return new StreamSummary(this.id, this.finishReasons, this.count.chunks(), this.count.tokens(),
				this.count.tokensSinceUsage(), reportedUsage());
	}

	/**
	 * The last usage counts: at the top level of an event, else in one of the places
	 * where some providers put it. Usages are never added up. A usage of nothing but
	 * zeros for an answer that has come tells nothing.
	 */
	private @Nullable JsonNode reportedUsage() {
		JsonNode reported = (this.usage != null) ? this.usage : this.sideUsage;
		return (reported != null && (this.count.chunks() == 0 || UsageObjects.hasTokens(reported))) ? reported : null;
	}

}
