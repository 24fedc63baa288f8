package ai.apertis.passthrough.route;

import java.util.function.BiFunction;

import ai.apertis.client.stream.ApiRequest;
import ai.apertis.passthrough.Caller;
import ai.apertis.passthrough.format.StreamFormat;
import org.jspecify.annotations.Nullable;

/**
 * A client's request whose response is never streamed, and that makes a model write
 * nothing.
 */
final class WholeRequest extends JsonRequest {

	private final BiFunction<String, byte[], ApiRequest> upstream;

	WholeRequest(Caller caller, @Nullable String user, RequestBody body,
			BiFunction<String, byte[], ApiRequest> upstream) {
		super(caller, user, body);
		this.upstream = upstream;
	}

	@Override
	protected WholeRequest with(RequestBody body) {
		return new WholeRequest(caller(), user(), body, this.upstream);
	}

	@Override
	public boolean isStreaming() {
		return false;
	}

	@Override
	public ApiRequest toUpstream() {
		return this.upstream.apply(model(), body().write());
	}

	@Override
	public StreamFormat format() {
		throw new UnsupportedOperationException("There is no stream");
	}

	/**
	 * None, but that would be no limit.
	 */
	@Override
	public long maxOutputTokens() {
		return 1;
	}

}
