package ai.apertis.client;

import java.util.Iterator;
import java.util.Optional;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.metadata.ResponseMetadata;

/**
 * A streamed answer for blocking code: loop over it, and close it.
 *
 * <pre class="code">
 * try (ChatStream stream = apertis.chat("Tell me a joke").open()) {
 *     for (ChatCompletionChunk chunk : stream) {
 *         System.out.print(chunk.content());
 *     }
 * }
 * </pre>
 *
 * To be read by one thread at a time; it may be closed by any.
 */
public interface ChatStream extends Iterable<ChatCompletionChunk>, AutoCloseable {

	/**
	 * Iterate over the chunks. There is one iterator; asking again gives the same, so
	 * that a second loop goes on where the first one stopped. Its methods wait for the
	 * next chunk and throw the exceptions that {@link ChatCall} describes, after all
	 * chunks that came before. An interrupted thread closes the stream and gets a
	 * {@link java.util.concurrent.CancellationException}. Once the stream is closed, the
	 * iteration ends.
	 */
	@Override
	Iterator<ChatCompletionChunk> iterator();

	/**
	 * Return what the headers of the response tell: request id, rate limits, fallbacks.
	 * Waits for the answer to begin.
	 * @return the metadata
	 * @throws ai.apertis.client.error.ApertisException if the answer does not begin
	 */
	ResponseMetadata metadata();

	/**
	 * Return the usage that was told so far: with the end of the stream, as a rule.
	 * @return the usage, empty if the gateway has told none
	 */
	Optional<Usage> usage();

	/**
	 * Return what was read so far, as a completion: the whole answer, once the iteration
	 * has ended by itself.
	 * @return the completion
	 */
	ChatCompletion completion();

	/**
	 * Return how the stream has ended.
	 * @return the outcome, empty if it goes on
	 */
	Optional<Outcome> outcome();

	/**
	 * Close the stream, and the connection with it. Does nothing if the stream has ended.
	 */
	@Override
	void close();

}
