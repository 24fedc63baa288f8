package ai.apertis.client;

import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.Model;
import ai.apertis.client.embedding.EmbeddingRequest;
import ai.apertis.client.embedding.Embeddings;
import ai.apertis.client.rerank.Ranking;
import ai.apertis.client.rerank.RerankRequest;
import ai.apertis.client.responses.ResponseCall;
import ai.apertis.client.responses.ResponseRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client of the Apertis gateway: one key, hundreds of models. Safe for use by several
 * threads; create one and share it.
 *
 * <pre class="code">
 * ApertisClient apertis = ApertisClient.builder().apiKey(key).build();
 * Flux&lt;String&gt; tokens = apertis.chat("Write a haiku").content();
 * </pre>
 */
public interface ApertisClient extends AutoCloseable {

	/**
	 * Prepare a chat call with the default model and options.
	 * @param prompt the user's text
	 * @return the call; nothing is sent before one of its methods asks for the answer
	 */
	default ChatCall chat(String prompt) {
		return chat(ChatCompletionRequest.of(prompt));
	}

	/**
	 * Prepare a chat call.
	 * @param request what is asked; what it leaves open is taken from the client's
	 * defaults
	 * @return the call; nothing is sent before one of its methods asks for the answer
	 */
	ChatCall chat(ChatCompletionRequest request);

	/**
	 * Ask which models the gateway offers. Nothing is sent before the result is
	 * subscribed to.
	 * @return the models; fails with an {@link ai.apertis.client.error.ApertisException}
	 */
	Flux<Model> models();

	/**
	 * Prepare a call for a response, as OpenAI's Responses have them. Some models answer
	 * only so.
	 * @param request what is asked
	 * @return the call; nothing is sent before one of its methods asks for the response
	 */
	ResponseCall responses(ResponseRequest request);

	/**
	 * Ask for the embeddings of texts. Each batch is a call of its own, one after the
	 * other, and retried like any. Nothing is sent before the result is subscribed to.
	 * @param request the texts
	 * @return the embeddings, in the order of the texts; fails with an
	 * {@link ai.apertis.client.error.ApertisException}
	 */
	Mono<Embeddings> embeddings(EmbeddingRequest request);

	/**
	 * Ask for a ranking of documents. Nothing is sent before the result is subscribed to.
	 * @param request the documents
	 * @return the ranking; fails with an {@link ai.apertis.client.error.ApertisException}
	 */
	Mono<Ranking> rerank(RerankRequest request);

	/**
	 * Close the connections that the client has made for itself: streams that are open
	 * are interrupted, and further calls fail with a
	 * {@link ai.apertis.client.error.ClientClosedException}. A client whose web client or
	 * exchange was given has none.
	 */
	@Override
	default void close() {
	}

	/**
	 * Begin to build a client.
	 * @return a builder
	 */
	static ApertisClientBuilder builder() {
		return new ApertisClientBuilder();
	}

}
