package ai.apertis.test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.apertis.test.Step.Break;

/**
 * The script of one reply, which reads as a sentence:
 *
 * <pre class="code">
 * Reply.stream().content("Hel", "lo").pause(Duration.ofMillis(50)).cut()
 * </pre>
 *
 * Each method gives a reply that does one thing more; a reply itself never changes.
 * Unless the last thing is a cut, a reset or a stall, the body ends in order.
 */
public final class Reply {

	private static final int NO_ANSWER = 0;

	private static final ChunkText SIMULATED = new ChunkText("chatcmpl-simulated", "simulated-model");

	private final int status;

	private final Map<String, String> headers;

	private final List<Step> steps;

	private final ChunkText chunks;

	private Reply(int status, Map<String, String> headers, List<Step> steps, ChunkText chunks) {
		this.status = status;
		this.headers = headers;
		this.steps = steps;
		this.chunks = chunks;
	}

	/**
	 * Answer with an event stream.
	 * @return a reply with status 200 and no event yet
	 */
	public static Reply stream() {
		return status(200).header("Content-Type", "text/event-stream; charset=utf-8");
	}

	/**
	 * Answer a whole stream: the content, the finish reason {@code stop} and the done
	 * marker.
	 * @param content the content of each chunk
	 * @return the reply
	 */
	public static Reply answer(String... content) {
		return stream().content(content).finish("stop").done();
	}

	/**
	 * Answer as a whole, without a stream.
	 * @param content the content
	 * @param inputTokens the tokens of the prompt
	 * @param outputTokens the tokens of the completion
	 * @return the reply
	 */
	public static Reply completion(String content, long inputTokens, long outputTokens) {
		return json(200, SIMULATED.completion(content, inputTokens, outputTokens));
	}

	/**
	 * Answer with an error, in the gateway's documented shape.
	 * @param status the HTTP status
	 * @param type the kind of error
	 * @param code the exact reason
	 * @param message the message
	 * @return the reply
	 */
	public static Reply error(int status, String type, String code, String message) {
		return json(status, ChunkText.error(type, code, message));
	}

	/**
	 * Answer with JSON.
	 * @param status the HTTP status
	 * @param json the body
	 * @return the reply
	 */
	public static Reply json(int status, String json) {
		return status(status).header("Content-Type", "application/json").raw(json);
	}

	/**
	 * Answer with any status, without any header or body yet.
	 * @param status the HTTP status
	 * @return the reply
	 */
	public static Reply status(int status) {
		return new Reply(status, Map.of(), List.of(), SIMULATED);
	}

	/**
	 * Take the request and never answer it.
	 * @return the reply
	 */
	public static Reply never() {
		return status(NO_ANSWER).stall();
	}

	/**
	 * Take the request and close the connection without an answer.
	 * @return the reply
	 */
	public static Reply hangUp() {
		return status(NO_ANSWER).cut();
	}

	/**
	 * Take the request and reset the connection without an answer.
	 * @return the reply
	 */
	public static Reply resetConnection() {
		return status(NO_ANSWER).reset();
	}

	/**
	 * Name the model in the chunks that follow.
	 * @param model the model
	 * @return the reply
	 */
	public Reply model(String model) {
		return new Reply(this.status, this.headers, this.steps, this.chunks.withModel(model));
	}

	/**
	 * Send a header.
	 * @param name the header's name
	 * @param value its value
	 * @return the reply
	 */
	public Reply header(String name, String value) {
		Map<String, String> more = new LinkedHashMap<>(this.headers);
		more.put(name, value);
		return new Reply(this.status, more, this.steps, this.chunks);
	}

	/**
	 * Send chunks with content.
	 * @param content the content of each chunk
	 * @return the reply
	 */
	public Reply content(String... content) {
		return then(Arrays.stream(content).map(this.chunks::content).map(Reply::event).toList());
	}

	/**
	 * Send chunks with content, at a pace.
	 * @param interval the pause after each chunk
	 * @param content the content of each chunk
	 * @return the reply
	 */
	public Reply paced(Duration interval, List<String> content) {
		List<Step> paced = new ArrayList<>();
		for (String piece : content) {
			paced.add(event(this.chunks.content(piece)));
			paced.add(new Step.Pause(interval));
		}
		return then(paced);
	}

	/**
	 * Send the same content again and again.
	 * @param content the content of each chunk
	 * @param times how often
	 * @param interval the pause after each chunk, possibly none
	 * @return the reply
	 */
	public Reply repeat(String content, long times, Duration interval) {
		return then(new Step.Repeat(event(this.chunks.content(content)).bytes(), times, interval));
	}

	/**
	 * Send the same bytes again and again.
	 * @param text the text, as it is to be on the wire
	 * @param times how often
	 * @return the reply
	 */
	public Reply repeatRaw(String text, long times) {
		return then(new Step.Repeat(text.getBytes(StandardCharsets.UTF_8), times, Duration.ZERO));
	}

	/**
	 * Send a chunk that begins the assistant's message, as most providers do.
	 * @return the reply
	 */
	public Reply role() {
		return then(event(this.chunks.role()));
	}

	/**
	 * Send chunks with reasoning.
	 * @param reasoning the reasoning of each chunk
	 * @return the reply
	 */
	public Reply reasoning(String... reasoning) {
		return then(Arrays.stream(reasoning).map(this.chunks::reasoning).map(Reply::event).toList());
	}

	/**
	 * Send a tool call, its arguments in pieces.
	 * @param index the call's index
	 * @param id the call's id
	 * @param name the function's name
	 * @param arguments the pieces of the arguments' JSON
	 * @return the reply
	 */
	public Reply toolCall(int index, String id, String name, String... arguments) {
		List<Step> pieces = new ArrayList<>();
		pieces.add(event(this.chunks.toolCallStart(index, id, name)));
		for (String piece : arguments) {
			pieces.add(event(this.chunks.toolCallArguments(index, piece)));
		}
		return then(pieces);
	}

	/**
	 * Send a chunk with a finish reason.
	 * @param finishReason the finish reason
	 * @return the reply
	 */
	public Reply finish(String finishReason) {
		return then(event(this.chunks.finish(finishReason)));
	}

	/**
	 * Send the usage, in a chunk of its own without choices.
	 * @param inputTokens the tokens of the prompt
	 * @param outputTokens the tokens of the completion
	 * @return the reply
	 */
	public Reply usage(long inputTokens, long outputTokens) {
		return then(event(this.chunks.usage(inputTokens, outputTokens)));
	}

	/**
	 * Send an error inside the stream.
	 * @param type the kind of error
	 * @param code the exact reason
	 * @param message the message
	 * @return the reply
	 */
	public Reply errorEvent(String type, String code, String message) {
		return event("", ChunkText.error(type, code, message));
	}

	/**
	 * Send the done marker.
	 * @return the reply
	 */
	public Reply done() {
		return event("", "[DONE]");
	}

	/**
	 * Send an event.
	 * @param type the event's type, empty for none
	 * @param data the event's data, a single line
	 * @return the reply
	 */
	public Reply event(String type, String data) {
		return raw((type.isEmpty() ? "" : "event: " + type + "\n") + "data: " + data + "\n\n");
	}

	/**
	 * Send a comment.
	 * @param comment the comment
	 * @return the reply
	 */
	public Reply comment(String comment) {
		return raw(": " + comment + "\n\n");
	}

	/**
	 * Send a text as it is.
	 * @param text the text, sent as UTF-8
	 * @return the reply
	 */
	public Reply raw(String text) {
		return raw(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Send bytes as they are.
	 * @param bytes the bytes
	 * @return the reply
	 */
	public Reply raw(byte[] bytes) {
		return then(new Step.Write(bytes.clone()));
	}

	/**
	 * Send bytes one by one, each flushed.
	 * @param bytes the bytes
	 * @return the reply
	 */
	public Reply byteByByte(byte[] bytes) {
		List<Step> single = new ArrayList<>(bytes.length);
		for (byte b : bytes) {
			single.add(new Step.Write(new byte[] { b }));
		}
		return then(single);
	}

	/**
	 * Do nothing for a while.
	 * @param duration how long
	 * @return the reply
	 */
	public Reply pause(Duration duration) {
		return then(new Step.Pause(duration));
	}

	/**
	 * Wait for {@link SimulatedGateway#release()}.
	 * @return the reply
	 */
	public Reply hold() {
		return then(new Step.Hold());
	}

	/**
	 * Close the connection without the body's proper end.
	 * @return the reply
	 */
	public Reply cut() {
		return then(Break.CUT);
	}

	/**
	 * Reset the connection.
	 * @return the reply
	 */
	public Reply reset() {
		return then(Break.RESET);
	}

	/**
	 * Leave the connection open and never send anything again.
	 * @return the reply
	 */
	public Reply stall() {
		return then(Break.STALL);
	}

	private static Step.Write event(String json) {
		return new Step.Write(("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8));
	}

	private Reply then(Step step) {
		return then(List.of(step));
	}

	private Reply then(List<? extends Step> more) {
		List<Step> all = new ArrayList<>(this.steps);
		all.addAll(more);
		return new Reply(this.status, this.headers, List.copyOf(all), this.chunks);
	}

	boolean isAnswer() {
		return this.status != NO_ANSWER;
	}

	int status() {
		return this.status;
	}

	Map<String, String> headers() {
		return this.headers;
	}

	List<Step> steps() {
		return this.steps;
	}

}
