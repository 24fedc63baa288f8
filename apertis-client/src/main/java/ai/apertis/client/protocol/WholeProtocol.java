package ai.apertis.client.protocol;

import java.util.List;

import ai.apertis.client.call.Outcome;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.sse.Event;
import ai.apertis.client.stream.EventKind;
import ai.apertis.client.stream.StreamProtocol;
import ai.apertis.client.stream.StreamSummary;
import ai.apertis.client.wire.UsageObjects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@link StreamProtocol} of endpoints that never stream: their answer is one JSON object,
 * of which only the usage is read.
 */
final class WholeProtocol implements StreamProtocol {

	private @Nullable ResponseScan response;

	@Override
	public EventKind observe(Event event) {
		this.response = ResponseScan.of(event);
		return (error() != null) ? EventKind.ERROR : EventKind.DONE;
	}

	@Override
	public boolean hasSubstance() {
		return this.response != null;
	}

	@Override
	public boolean isAtEnd() {
		return this.response != null;
	}

	@Override
	public boolean isUsageTrailing() {
		return false;
	}

	@Override
	public Outcome outcome() {
		if (error() != null) {
			return Outcome.FAILED;
		}
		return (this.response != null) ? Outcome.COMPLETED : Outcome.INTERRUPTED;
	}

	@Override
	public @Nullable GatewayError error() {
		return (this.response != null) ? this.response.error() : null;
	}

	/**
	 * Providers of rankings count what they bill otherwise, in a member of their own.
	 */
	@Override
	public StreamSummary summary() {
		if (this.response == null) {
			return StreamSummary.NONE;
		}
		JsonNode told = this.response.usage();
		return new StreamSummary(null, List.of(), 1, 0, 0,
				(told != null && UsageObjects.hasTokens(told)) ? told : null);
	}

}
