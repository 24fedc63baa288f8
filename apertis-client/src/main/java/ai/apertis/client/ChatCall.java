package ai.apertis.client;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionChunk;
import ai.apertis.client.metadata.ResponseMetadata;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * A chat call that is ready to be made. Each of its methods gives the answer in another
 * form; each subscription, and each {@link #open()}, is a call of its own.
 * <p>
 * The answer ends in one of four ways. If it is whole, the stream completes. If the
 * gateway reports an error, the stream fails with an
 * {@link ai.apertis.client.error.ApertisApiException}. If the connection ends or falls
 * silent before the answer is whole, it fails with a
 * {@link ai.apertis.client.error.StreamInterruptedException}; if there was no connection
 * at all, with a {@link ai.apertis.client.error.ConnectionException}. And if the consumer
 * cancels, the connection is closed at once. All that was received before a failure is
 * delivered before it, and is also held by the exception.
 * <p>
 * Chunks are delivered on the thread of the HTTP client that reads them, which must not
 * be blocked; no thread is held while nothing comes. A consumer that requests no more
 * stops the connection from being read.
 */
public interface ChatCall {

	/**
	 * Change how this call is made: its timeouts, retries and headers.
	 * @param change changes the client's options
	 * @return a call with the changed options
	 */
	ChatCall options(UnaryOperator<CallOptions> change);

	/**
	 * Look at the metadata of the answer: request id, rate limits, fallbacks. That of a
	 * failure is described by the exception.
	 * @param consumer called before the first chunk is delivered, on the same thread,
	 * which must not be blocked; by a {@link #completion()} that begins anew, once for
	 * each answer that began
	 * @return a call that tells the consumer
	 */
	ChatCall onResponse(Consumer<ResponseMetadata> consumer);

	/**
	 * Stream the answer's chunks.
	 * @return the chunks as they come; those without choices, such as the one with the
	 * usage, included
	 */
	Flux<ChatCompletionChunk> chunks();

	/**
	 * Stream the text of the answer's first choice.
	 * @return the pieces of the text as they come, none of them empty
	 */
	default Flux<String> content() {
		return chunks().map(ChatCompletionChunk::content).filter((content) -> !content.isEmpty());
	}

	/**
	 * Stream the answer and collect it. As nothing is handed on before the answer is
	 * whole, an answer that breaks off is asked for anew, as often as the call's retries
	 * allow; the gateway may bill each attempt, and each is observed.
	 * @return the whole answer, with its usage
	 */
	Mono<ChatCompletion> completion();

	/**
	 * Stream the answer, collect it, and read it as a value of a type. The model is given
	 * the type's JSON schema, unless the request has a response format of its own.
	 * @param type a record, as a rule. What is written as no JSON object is asked for as
	 * the one member of one
	 * @param <T> the type
	 * @return the value; fails with a
	 * {@link ai.apertis.client.error.MalformedResponseException} that has the completion,
	 * if the answer is none: refused, cut off at the token limit, or of another form
	 * @throws IllegalArgumentException if the type is {@code String}, for which no schema
	 * is needed
	 * @throws IllegalStateException if the library that makes schemas is not there
	 */
	default <T> Mono<T> completion(Class<T> type) {
		return completion(ParameterizedTypeReference.forType(type));
	}

	/**
	 * Stream the answer, collect it, and read it as a value of a generic type, such as
	 * {@code new ParameterizedTypeReference<List<Recipe>>() {}}.
	 * @param type the type
	 * @param <T> the type
	 * @return the value; see {@link #completion(Class)}
	 */
	<T> Mono<T> completion(ParameterizedTypeReference<T> type);

	/**
	 * Ask for the answer as a whole, without a stream. The result is the same as that of
	 * {@link #completion()}, but nothing is seen of a response that is not whole: prefer
	 * a stream for long answers.
	 * @return the whole answer, with its usage
	 */
	Mono<ChatCompletion> call();

	/**
	 * Ask for the answer as a whole, without a stream, and read it as a value of a type.
	 * @param type a record, as a rule
	 * @param <T> the type
	 * @return the value; see {@link #completion(Class)}
	 */
	default <T> Mono<T> call(Class<T> type) {
		return call(ParameterizedTypeReference.forType(type));
	}

	/**
	 * Ask for the answer as a whole, without a stream, and read it as a value of a
	 * generic type.
	 * @param type the type
	 * @param <T> the type
	 * @return the value; see {@link #completion(Class)}
	 */
	<T> Mono<T> call(ParameterizedTypeReference<T> type);

	/**
	 * Stream the answer to blocking code. To be used in a try-with-resources statement:
	 * closing the stream early closes the connection. Holds no thread but the caller's,
	 * which may be a virtual one. What the thread carries for Micrometer's context
	 * propagation, if that library is there, is in the Reactor context of the request.
	 * @return the open stream
	 * @throws IllegalStateException if the calling thread must not be blocked
	 */
	ChatStream open();

}
