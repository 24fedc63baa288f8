package ai.apertis.client.upstream;

import java.util.function.Function;
import java.util.function.Supplier;

import ai.apertis.client.call.CallOptions;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.Setting;
import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.stream.StreamListener;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * HTTP exchange with the gateway. Sends requests with the API key, and returns the bytes
 * of the responses. It is the only place that knows the key, and removes it from whatever
 * the gateway says. Safe for use by several threads.
 */
public final class Upstream {

	private static final String MODELS = "/models";

	private static final String USER_AGENT = "apertis-spring";

	private final LazyWebClient webClient;

	private final String baseUrl;

	private final Supplier<String> apiKey;

	private final CallOptions options;

	private final EventMemory memory;

	private final Function<Setting, String> settingNames;

	private final RefusedParameters refused = new RefusedParameters();

	/**
	 * Create an exchange.
	 * @param webClient the client to send with; its connector and filters are used as
	 * they are
	 * @param baseUrl the gateway's base URL, with or without a trailing slash
	 * @param apiKey gives the API key for each request
	 * @param options the default call options
	 * @throws IllegalArgumentException if the base URL is none of HTTP
	 */
	public Upstream(WebClient.Builder webClient, String baseUrl, Supplier<String> apiKey, CallOptions options) {
		this(webClient.clone()::clone, baseUrl, apiKey, options, new EventMemory(EventMemory.usualBytes()),
				Setting::builderName);
	}

	/**
	 * Create an exchange that builds its client with the first call.
	 * @param webClient gives a builder of the client to send with, which is changed;
	 * called by the first call, and again if it fails, on a thread that may block, and
	 * possibly by several at a time
	 * @param baseUrl the gateway's base URL, with or without a trailing slash
	 * @param apiKey gives the API key for each request
	 * @param options the default call options
	 * @param memory what large events may take, of all exchanges that share it
	 * @param settingNames gives the names of settings in the messages of failures
	 * @throws IllegalArgumentException if the base URL is none of HTTP
	 */
	public Upstream(Supplier<WebClient.Builder> webClient, String baseUrl, Supplier<String> apiKey, CallOptions options,
			EventMemory memory, Function<Setting, String> settingNames) {
		String url = checked(baseUrl.strip().replaceAll("/+$", ""), settingNames.apply(Setting.BASE_URL));
		this.settingNames = settingNames;
		this.webClient = new LazyWebClient(
				() -> webClient.get().baseUrl(url).defaultHeader(HttpHeaders.USER_AGENT, USER_AGENT).build());
		this.baseUrl = url;
		this.apiKey = apiKey;
		this.options = options;
		this.memory = memory;
	}

	private static String checked(String baseUrl, String setting) {
		if (baseUrl.matches("[^?#]*://[^/?#]*@.*")) {
			throw new IllegalArgumentException("The base URL (" + setting + ") must not have a user or a password:"
					+ " the gateway is reached with the API key");
		}
		if (!baseUrl.matches("(?i)https?://[^/\\s?#]+[^\\s?#]*")) {
			throw new IllegalArgumentException("The base URL (" + setting + ") must be an absolute http or https URL,"
					+ " such as https://api.apertis.ai/v1, unlike '" + baseUrl + "'");
		}
		return baseUrl;
	}

	/**
	 * Return the base URL of the gateway.
	 * @return its base URL, without a trailing slash
	 */
	public String baseUrl() {
		return this.baseUrl;
	}

	/**
	 * Return the default call options.
	 * @return the options
	 */
	public CallOptions options() {
		return this.options;
	}

	/**
	 * Return how settings are named in the messages of failures.
	 * @param setting the setting
	 * @return its name
	 */
	public String name(Setting setting) {
		return this.settingNames.apply(setting);
	}

	/**
	 * Prepare a streamed call. Nothing is sent before its body is subscribed to. A call
	 * that fails before its first event, or whose first event is an error, is retried as
	 * the options say.
	 * @param request the request, which asks for a stream
	 * @param options the options of the call
	 * @param listener called in the course of the call
	 * @return the stream, to be read once
	 */
	public UpstreamStream stream(ApiRequest request, CallOptions options, StreamListener listener) {
		return stream(request, options,
				new CallAttempts(options, (failure, model) -> listener.onRetry(failure, null, model)), listener);
	}

	/**
	 * Prepare a streamed call whose stream may be repeated, each time with a stream of
	 * its own.
	 * @param request the request, which asks for a stream
	 * @param options the options of the call
	 * @param attempts what may still be tried
	 * @param listener called in the course of the call
	 * @return the stream, to be read once
	 */
	public UpstreamStream stream(ApiRequest request, CallOptions options, CallAttempts attempts,
			StreamListener listener) {
		StreamCall call = new StreamCall(request, exchange(options), attempts, this.refused.call(), listener);
		return new UpstreamStream(new DirectBody(this.memory, call.events()::gathered, call::run), call.events());
	}

	/**
	 * Make a call whose response is not streamed. A call that fails is retried as the
	 * options say.
	 * @param request the request
	 * @param options the options of the call
	 * @param listener called in the course of the call
	 * @return the response, which is JSON without an error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamResponse> call(ApiRequest request, CallOptions options, StreamListener listener) {
		return call(request, options, listener, Mono::just).single();
	}

	/**
	 * Make a call whose response is not streamed, and use the response, for whose memory
	 * there is room until that has ended.
	 * @param request the request
	 * @param options the options of the call
	 * @param listener called in the course of the call
	 * @param use makes something of the response
	 * @param <T> the type of what it makes
	 * @return what comes of the response; fails with an
	 * {@link ai.apertis.client.error.ApertisException} if there is none
	 */
	public <T> Flux<T> call(ApiRequest request, CallOptions options, StreamListener listener,
			Function<UpstreamResponse, Publisher<T>> use) {
		return Flux.using(this.memory::share,
				(share) -> Mono
					.defer(() -> new WholeCall(request, exchange(options), share, this.refused.call(), listener).run())
					.flatMapMany(use),
				EventMemory.Share::close);
	}

	/**
	 * Request the models. A call that fails is retried as the client's options say.
	 * @return the response, which is JSON without an error; fails with an
	 * {@link ai.apertis.client.error.ApertisException} otherwise
	 */
	public Mono<UpstreamResponse> models() {
		return Mono.using(this.memory::share, (share) -> {
			// each subscription is a call of its own
			CallAttempts attempts = new CallAttempts(this.options.withFailover(), (failure, model) -> {
			});
			return exchange(this.options).get(MODELS, share).retryWhen(attempts.collected());
		}, EventMemory.Share::close);
	}

	private Exchange exchange(CallOptions options) {
		return new Exchange(this.webClient, new Credentials(this.apiKey), options, this.settingNames);
	}

}
