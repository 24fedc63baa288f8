package ai.apertis.client.observation;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.metadata.ResponseMetadata;
import ai.apertis.client.stream.StreamSummary;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import org.jspecify.annotations.Nullable;

/**
 * Context of the observation of a chat call. What only the end reveals is set just before
 * the observation stops. It is a sender context, so that its span has the kind of a
 * client; the propagated trace is that of the HTTP request below it.
 */
public class ChatObservationContext extends SenderContext<Object> {

	private final ObservedRequest request;

	private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029\\u202A-\\u202E]");

	private static final int MAX_NAME_LENGTH = 100;

	private volatile String requestModel = BoundedNames.OTHER;

	private volatile @Nullable String responseModel;

	private volatile @Nullable ResponseMetadata metadata;

	private volatile @Nullable Outcome outcome;

	private volatile @Nullable StreamSummary summary;

	private volatile @Nullable Usage usage;

	private volatile boolean estimated = true;

	private volatile @Nullable Duration timeToFirstChunk;

	private volatile @Nullable LongConsumer chunkIntervals;

	private volatile @Nullable Content content;

	/**
	 * Create a context.
	 * @param request what is known when the call begins
	 */
	public ChatObservationContext(ObservedRequest request) {
		super((carrier, key, value) -> {
		}, Kind.CLIENT);
		setCarrier(this);
		this.request = request;
	}

	/**
	 * Return what is known when the call begins.
	 * @return the request
	 */
	public ObservedRequest request() {
		return this.request;
	}

	/**
	 * Return the requested model, as the request names it. Whoever writes the request
	 * decides what it is: it is nothing for a meter's tag.
	 * @return the model's id, {@code null} if the request names none
	 */
	public @Nullable String model() {
		return this.request.model();
	}

	/**
	 * Return the requested model, fit for a meter's tag.
	 * @return the model's id, {@code other} if the gateway has not shown to know it
	 */
	public String requestModel() {
		return this.requestModel;
	}

	/**
	 * Return a text as it can be written to one line of a log.
	 */
	static String line(String text) {
		return UNPRINTABLE.matcher(text).replaceAll("?");
	}

	/**
	 * Return the requested model as it can be written to a log. Not for tags, of which
	 * there could be any number.
	 * @return the model's id as the request names it, of at most 100 characters and
	 * without line breaks; {@code none} if it names none
	 */
	public String requestedModel() {
		String model = this.request.model();
		if (model == null) {
			return KeyValue.NONE_VALUE;
		}
		String line = line(model);
		return (line.length() > MAX_NAME_LENGTH) ? line.substring(0, MAX_NAME_LENGTH) + "…" : line;
	}

	/**
	 * Return the model that answered.
	 * @return the model's id, {@code null} if nothing answered
	 */
	public @Nullable String responseModel() {
		return this.responseModel;
	}

	/**
	 * Return what the headers of the response told.
	 * @return the metadata, {@code null} if nothing answered
	 */
	public @Nullable ResponseMetadata metadata() {
		return this.metadata;
	}

	/**
	 * Return how the call ended.
	 * @return the outcome, {@code null} before the end
	 */
	public @Nullable Outcome outcome() {
		return this.outcome;
	}

	/**
	 * Return what came of the answer.
	 * @return the summary, {@code null} before the end
	 */
	public @Nullable StreamSummary summary() {
		return this.summary;
	}

	/**
	 * Return the usage: what the gateway told, or else an estimate.
	 * @return the usage, {@code null} if nothing of an answer has come
	 */
	public @Nullable Usage usage() {
		return this.usage;
	}

	/**
	 * Return whether the usage may differ from what the gateway bills: it was not told,
	 * or the stream was not read to its end.
	 * @return whether the usage is an estimate
	 */
	public boolean isEstimated() {
		return this.estimated;
	}

	/**
	 * Return the time from the call to the first chunk of its stream, retries included.
	 * @return the time, {@code null} if no chunk has come, or the answer is not streamed
	 */
	public @Nullable Duration timeToFirstChunk() {
		return this.timeToFirstChunk;
	}

	/**
	 * Return what was said, if the application wants that kept.
	 * @return the content, {@code null} as a rule
	 */
	public @Nullable Content content() {
		return this.content;
	}

	/**
	 * Add a callback for the time between chunks. To be called by handlers when the
	 * observation starts.
	 * @param nanos takes the time, in nanoseconds; called for each chunk by whichever
	 * thread reads the stream
	 */
	public void onChunkInterval(LongConsumer nanos) {
		LongConsumer first = this.chunkIntervals;
		this.chunkIntervals = (first != null) ? first.andThen(nanos) : nanos;
	}

	@Nullable LongConsumer chunkIntervals() {
		return this.chunkIntervals;
	}

	void recordRequestModel(String requestModel) {
		this.requestModel = requestModel;
	}

	void recordResponse(String responseModel, ResponseMetadata metadata) {
		this.responseModel = responseModel;
		this.metadata = metadata;
	}

	void firstChunk(Duration time) {
		this.timeToFirstChunk = time;
	}

	void ended(Outcome outcome, StreamSummary summary) {
		this.outcome = outcome;
		this.summary = summary;
	}

	void recordUsage(@Nullable Usage usage, boolean estimated) {
		this.usage = usage;
		this.estimated = estimated;
	}

	void recordContent(Content content) {
		this.content = content;
	}

	/**
	 * What was said.
	 *
	 * @param input the text of the prompt
	 * @param output the text of the answer, as far as it came
	 */
	public record Content(String input, String output) {

		/**
		 * Return only the sizes.
		 */
		@Override
		public String toString() {
			return "Content[input=" + this.input.length() + " characters, output=" + this.output.length()
					+ " characters]";
		}

	}

}
