package ai.apertis.passthrough;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import ai.apertis.test.Reply;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever a client sends, and however it goes, it fills no log.
 */
@BothStacks
class HostileInputLogTests {

	private static final String HEAD = "POST " + TestApplication.PATH
			+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

	private static final String CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n";

	@Parameter
	private WebApplicationType type;

	private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

	private TestApplication application;

	@BeforeEach
	void start() {
		this.application = TestApplication.start(this.type);
		this.logged.start();
		root().addAppender(this.logged);
	}

	@AfterEach
	void stop() {
		root().detachAppender(this.logged);
		this.application.close();
	}

	private static Logger root() {
		return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
	}

	@ParameterizedTest
	@ValueSource(strings = { "zz\r\n{}\r\n", "5\r\n{\"a\":1}\r\n0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n", "5;x=\u0001\r\n{}",
			"5\r\n{\"a\"", "5\r\n{\"a\":\r\n0\r\nX: \u0000\r\n\r\n", "fffffffffffffffff\r\n{}" })
	void aBodyThatIsNoneIsNoNews(String body) throws IOException {
		assertNoNews(CHUNKED + body);
	}

	@ParameterizedTest
	@ValueSource(strings = { "Content-Length: 100\r\n\r\n{\"model\":", "Content-Length: -5\r\n\r\n{}",
			"Content-Length: x\r\n\r\n{}", "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "X: \u0001\r\n\r\n",
			"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" })
	void aRequestThatIsNoneIsNoNews(String rest) throws IOException {
		assertNoNews(HEAD + rest);
	}

	private void assertNoNews(String request) throws IOException {
		for (int i = 0; i < 3; i++) {
			send(request);
		}
		assertServes();
		assertQuiet();
	}

	@Test
	void aResetInMidStreamIsNoNews() throws IOException {
		this.application.gateway()
			.otherwise((request) -> Reply.stream().repeat("x".repeat(1_000), 100_000, Duration.ZERO));
		for (int i = 0; i < 5; i++) {
			try (Socket socket = new Socket("127.0.0.1", this.application.port())) {
				String request = HEAD + "Content-Length: " + TestApplication.REQUEST.length() + "\r\n\r\n"
						+ TestApplication.REQUEST;
				socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
				assertThat(socket.getInputStream().readNBytes(20_000 + 1_000 * i)).isNotEmpty();
				socket.setSoLinger(true, 0);
			}
		}
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> this.application.active() == 0);
		assertServes();
		assertQuiet();
	}

	/**
	 * A client that goes in the midst of its body, with a reset.
	 */
	private void send(String text) throws IOException {
		try (Socket socket = new Socket("127.0.0.1", this.application.port())) {
			socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
			socket.setSoTimeout(200);
			try {
				assertThat(socket.getInputStream().read()).isGreaterThanOrEqualTo(-1);
			}
			catch (IOException ex) {
				// it waits for more
				assertThat(ex).isNotNull();
			}
			socket.setSoLinger(true, 0);
		}
	}

	private void assertServes() throws IOException {
		this.application.gateway().otherwise((request) -> Reply.answer("one"));
		try (RawExchange exchange = this.application.post(TestApplication.REQUEST)) {
			assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
		}
	}

	private void assertQuiet() {
		List<ILoggingEvent> events;
		synchronized (this.logged) {
			events = List.copyOf(this.logged.list);
		}
		assertThat(events.stream().filter(HostileInputLogTests::isLoud).map(HostileInputLogTests::text)).isEmpty();
		assertThat(events.stream().filter((event) -> event.getLoggerName().startsWith("ai.apertis")))
			.allSatisfy((event) -> assertThat(event.getThrowableProxy()).isNull());
	}

	/**
	 * The server's own line about what it cannot decode is its own, and one.
	 */
	private static boolean isLoud(ILoggingEvent event) {
		boolean ofTheServer = event.getLoggerName().startsWith("reactor.netty.http.server")
				&& event.getThrowableProxy() == null && event.getLevel() == Level.WARN;
		return event.getLevel().isGreaterOrEqual(Level.WARN) && !ofTheServer;
	}

	private static String text(ILoggingEvent event) {
		return event + " " + ((event.getThrowableProxy() != null) ? event.getThrowableProxy().getClassName() : "");
	}

}
