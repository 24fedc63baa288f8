package ai.apertis.client;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.call.ConnectionLimits;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.connection.ConnectionPool;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a retry has healed is no news.
 */
class HealedFaultLogTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final SimulatedGateway gateway = SimulatedGateway.start();

	private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

	@BeforeEach
	void listen() {
		this.logged.start();
		root().addAppender(this.logged);
	}

	@AfterEach
	void stop() {
		root().detachAppender(this.logged);
		this.gateway.close();
	}

	private static Logger root() {
		return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
	}

	static Stream<Reply> faults() {
		return Stream.of(Reply.resetConnection(), Reply.hangUp(), Reply.stream().reset(),
				Reply.stream().content("a").reset(), Reply.stream().content("a").cut(),
				Reply.json(200, "{\"choices\":[").reset(), Reply.error(503, "t", "c", "m"));
	}

	@ParameterizedTest
	@MethodSource("faults")
	void leavesNoTrace(Reply fault) {
		LoopResources loops = LoopResources.create("traces");
		try (ConnectionPool pool = new ConnectionPool("test", ConnectionLimits.DEFAULTS);
				ApertisClient apertis = ApertisClient.builder()
					.webClientBuilder(WebClient.builder()
						// with the transport that every system has, whose faults have
						// traces
						.clientConnector(new ReactorClientHttpConnector(pool.httpClient().runOn(loops, false))))
					.baseUrl(this.gateway.baseUrl())
					.apiKey("key")
					.defaultModel("m")
					.retryPolicy(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), LIMIT, null))
					.build()) {
			this.gateway.replyWith(fault, Reply.answer("ok"));
			apertis.chat("hi").completion().block(LIMIT);
			this.gateway.replyWith(fault, Reply.completion("ok", 1, 2));
			apertis.chat("hi").call().block(LIMIT);
		}
		finally {
			loops.dispose();
		}
		List<ILoggingEvent> events;
		synchronized (this.logged) {
			events = List.copyOf(this.logged.list);
		}
		// Reactor Netty has a line of its own for what ends before an answer
		assertThat(events)
			.filteredOn((event) -> !event.getLoggerName().startsWith("reactor.netty.http.client")
					&& event.getLevel().isGreaterOrEqual(Level.WARN))
			.isEmpty();
		assertThat(events).filteredOn((event) -> event.getThrowableProxy() != null)
			.allSatisfy((event) -> assertThat(event.getThrowableProxy().getStackTraceElementProxyArray())
				.hasSizeLessThanOrEqualTo(1));
	}

}
