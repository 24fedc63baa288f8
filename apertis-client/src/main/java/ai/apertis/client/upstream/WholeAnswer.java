package ai.apertis.client.upstream;

import java.util.concurrent.atomic.AtomicBoolean;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.GatewayError;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.sse.Event;
import ai.apertis.client.sse.Outcome;
import ai.apertis.client.sse.StreamListener;
import ai.apertis.client.sse.StreamRules;
import ai.apertis.client.sse.Verdict;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;

/**
 * Judges an answer that is not streamed by what it says, as if it were the one event of a
 * stream, and tells the listener once how it ended.
 */
final class WholeAnswer {

	private final Verdict verdict;

	private final StreamListener listener;

	private final AtomicBoolean ended = new AtomicBoolean();

	WholeAnswer(StreamRules rules, StreamListener listener) {
		this.verdict = new Verdict(1, rules.finishReasonRequired());
		this.listener = listener;
	}

	Mono<UpstreamAnswer> judge(Mono<UpstreamAnswer> answer) {
		return answer.<UpstreamAnswer>handle((whole, sink) -> {
			ApertisException failure = failure(whole);
			if (failure != null) {
				sink.error(failure);
			}
			else {
				end(Outcome.COMPLETED, null);
				sink.next(whole);
			}
		}).doOnError((failure) -> end(Outcome.of(failure), failure)).doOnCancel(() -> end(Outcome.CANCELLED, null));
	}

	private @Nullable ApertisException failure(UpstreamAnswer answer) {
		try {
			Event whole = Event.of(answer.json());
			this.verdict.observe(whole);
			this.listener.chunk(whole);
		}
		catch (JacksonException ex) {
			return new MalformedResponseException("The gateway's answer is not the JSON of a completion", null);
		}
		GatewayError error = this.verdict.error();
		return (error != null) ? ApertisApiException.of(error.impliedStatus(), error, answer.headers(), "") : null;
	}

	private void end(Outcome outcome, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			this.listener.ended(outcome, this.verdict, failure);
		}
	}

}
