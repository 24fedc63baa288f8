package ai.apertis.passthrough;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * Many calls of one user at once, of all kinds, and what the gateway has billed for them.
 */
final class CallMix {

	/** Asked when the first model is not there. */
	static final String FURTHER_MODEL = "gpt-4o";

	private static final int CHUNKS = 300;

	/** What the prompt of the requests is estimated to have. */
	private static final int PROMPT = 8;

	private final List<TestApplication> instances;

	private final List<Kind> kinds;

	private final Set<Integer> asked = ConcurrentHashMap.newKeySet();

	private final AtomicLong billed = new AtomicLong();

	CallMix(List<TestApplication> instances, Collection<Kind> kinds) {
		this.instances = instances;
		this.kinds = List.copyOf(kinds);
		instances.forEach((instance) -> instance.gateway().otherwise(this::reply));
	}

	private Reply reply(RecordedRequest request) {
		JsonNode json = TestApplication.json(request.body());
		int call = json.path("seed").asInt();
		Kind kind = kind(call);
		if (this.asked.add(call) && kind == Kind.RETRIED) {
			return Reply.error(503, "server_error", "overloaded", "m");
		}
		if (kind == Kind.FAILED_OVER && !json.path("model").asString().equals(FURTHER_MODEL)) {
			return Reply.error(404, "invalid_request_error", "model_not_found", "m");
		}
		int output = CHUNKS * ((kind == Kind.CHOICES) ? 2 : 1);
		Reply reply = Reply.stream().repeat("on", output, Duration.ofMillis(2));
		if (kind == Kind.CUT) {
			return reply.cut();
		}
		if (kind == Kind.WITHOUT_USAGE) {
			return reply.finish("stop").done();
		}
		this.billed.addAndGet(PROMPT + output);
		return reply.finish("stop").usage(PROMPT, output).done();
	}

	private Kind kind(int call) {
		return this.kinds.get(call % this.kinds.size());
	}

	/**
	 * Make calls, all at once, and wait for their end.
	 * @return what their clients have received
	 */
	List<String> make(int calls, String... headers) throws Exception {
		List<String> answers = new CopyOnWriteArrayList<>();
		ExecutorService callers = Executors.newFixedThreadPool(calls);
		try {
			List<CompletableFuture<Void>> all = new ArrayList<>();
			for (int i = 0; i < calls; i++) {
				int call = i;
				all.add(CompletableFuture.runAsync(() -> answers.add(ask(call, headers)), callers));
			}
			CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(2, TimeUnit.MINUTES);
		}
		finally {
			callers.shutdownNow();
		}
		for (TestApplication instance : this.instances) {
			Awaitility.await()
				.atMost(Duration.ofSeconds(20))
				.until(() -> instance.context().getBean(ActiveStreams.class).count() == 0 && instance.active() == 0);
		}
		return answers;
	}

	private String ask(int call, String... headers) {
		Kind kind = kind(call);
		String request = TestApplication.REQUEST.replace("}]",
				"}],\"seed\":" + call + ((kind == Kind.CHOICES) ? ",\"n\":4" : ""));
		try (RawExchange exchange = this.instances.get(call % this.instances.size()).post(request, headers)) {
			return (kind == Kind.HUNG_UP && exchange.status() == 200) ? exchange.chunk() : exchange.text();
		}
		catch (IOException ex) {
			// the connection broke
			return "";
		}
	}

	/**
	 * What the gateway has billed for all calls that it has answered to their end, if
	 * none was cut short.
	 */
	long billed() {
		return this.billed.get();
	}

	/**
	 * What becomes of a call.
	 */
	enum Kind {

		COMPLETED,

		WITHOUT_USAGE,

		CUT,

		/** Four at once. */
		CHOICES,

		RETRIED,

		FAILED_OVER,

		/** By the client. */
		HUNG_UP

	}

}
