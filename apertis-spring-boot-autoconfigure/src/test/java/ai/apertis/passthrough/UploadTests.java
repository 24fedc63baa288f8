package ai.apertis.passthrough;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

import ai.apertis.passthrough.limit.RequestMemory;
import ai.apertis.test.Reply;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bodies that never end, and more of them than there is room for.
 */
@BothStacks
class UploadTests {

	private static final String SMALL_ROOM = "apertis.pass-through.request-memory=100KB";

	@Parameter
	private WebApplicationType type;

	@Test
	void endsWhatDoesNotArriveInTime() throws IOException {
		try (TestApplication application = TestApplication.start(this.type,
				"apertis.pass-through.request-timeout=500ms"); Socket socket = begin(application, 100_000)) {
			String status = "";
			while (status.isEmpty()) {
				socket.getOutputStream().write('x');
				status = statusLine(socket);
			}
			assertThat(status).startsWith("HTTP/1.1 408");
			assertThat(application.gateway().requests()).isEmpty();
			assertRoom(application);
		}
	}

	@Test
	void countsWhatASmallBodyBecomes() throws IOException {
		try (TestApplication application = TestApplication.start(this.type, SMALL_ROOM)) {
			application.gateway().otherwise((request) -> Reply.answer("one"));
			ByteArrayOutputStream small = new ByteArrayOutputStream();
			try (GZIPOutputStream zip = new GZIPOutputStream(small)) {
				zip.write(request(500_000).getBytes(StandardCharsets.UTF_8));
			}
			assertThat(small.size()).isLessThan(10_000);
			try (RawExchange exchange = RawExchange.post(application.port(), TestApplication.PATH, small.toByteArray(),
					Map.of("Content-Type", "application/json", "Content-Encoding", "gzip"), List.of())) {
				assertBusy(exchange);
			}
			assertRoom(application);
		}
	}

	@Test
	void refusesMoreThanThereIsRoomFor() throws IOException {
		try (TestApplication application = TestApplication.start(this.type, SMALL_ROOM)) {
			application.gateway().otherwise((request) -> Reply.answer("one"));
			try (Socket unfinished = begin(application, 200_000)) {
				unfinished.getOutputStream().write(new byte[80_000]);
				RequestMemory memory = application.context().getBean(RequestMemory.class);
				Awaitility.await().until(() -> memory.taken() >= 80_000);
				try (RawExchange exchange = application.post(request(50_000))) {
					assertBusy(exchange);
				}
				// a small one is no trouble
				try (RawExchange exchange = application.post(TestApplication.REQUEST)) {
					assertThat(exchange.status()).isEqualTo(200);
				}
			}
			Awaitility.await().untilAsserted(() -> {
				try (RawExchange exchange = application.post(request(50_000))) {
					assertThat(exchange.status()).isEqualTo(200);
				}
			});
			assertRoom(application);
		}
	}

	@Test
	void countsTheRequestsWhoseAnswersAreUnderWay() throws IOException {
		try (TestApplication application = TestApplication.start(this.type, SMALL_ROOM)) {
			application.gateway()
				.replyWith(Reply.stream().content("one").hold().finish("stop").done(), Reply.answer("two"));
			try (RawExchange first = application.post(request(80_000))) {
				assertThat(first.chunk()).contains("\"one\"");
				try (RawExchange second = application.post(request(50_000))) {
					assertBusy(second);
				}
				application.gateway().release();
				assertThat(first.text()).contains("[DONE]");
			}
			assertRoom(application);
			try (RawExchange second = application.post(request(50_000))) {
				assertThat(second.text()).contains("\"two\"");
			}
			assertRoom(application);
		}
	}

	/**
	 * The bytes are kept, whatever is in them.
	 */
	@Test
	void countsWhatNoMemberHas() throws IOException {
		try (TestApplication application = TestApplication.start(this.type, SMALL_ROOM)) {
			application.gateway().replyWith(Reply.stream().content("one").hold().finish("stop").done());
			try (RawExchange first = application.post(" ".repeat(80_000) + TestApplication.REQUEST)) {
				assertThat(first.chunk()).contains("\"one\"");
				try (RawExchange second = application.post(request(50_000))) {
					assertBusy(second);
				}
				application.gateway().release();
				assertThat(first.text()).contains("[DONE]");
			}
			assertRoom(application);
		}
	}

	@Test
	void givesNothingBackWhileAStreamIsReadOn() throws IOException {
		try (TestApplication application = TestApplication.start(this.type, SMALL_ROOM,
				"apertis.pass-through.on-disconnect=drain", "apertis.pass-through.heartbeat.interval=50ms")) {
			application.gateway().replyWith(Reply.stream().content("one").hold().finish("stop").usage(1, 2).done());
			try (RawExchange first = application.post(request(80_000))) {
				assertThat(first.chunk()).contains("\"one\"");
			}
			Awaitility.await()
				.until(() -> application.context()
					.getBean(MeterRegistry.class)
					.find("apertis.pass-through.disconnects")
					.tag("draining", "true")
					.counter() != null);
			try (RawExchange second = application.post(request(50_000))) {
				assertBusy(second);
			}
			application.gateway().release();
			assertRoom(application);
		}
	}

	private static void assertBusy(RawExchange exchange) throws IOException {
		assertThat(exchange.status()).isEqualTo(503);
		assertThat(exchange.header("Retry-After")).isEqualTo("1");
		assertThat(TestApplication.error(exchange.text()).path("code").asString()).isEqualTo("server_busy");
	}

	private static void assertRoom(TestApplication application) {
		RequestMemory memory = application.context().getBean(RequestMemory.class);
		Awaitility.await().until(() -> memory.taken() == 0);
	}

	private static String request(int size) {
		return TestApplication.REQUEST.replace("hi", "x".repeat(size));
	}

	private static Socket begin(TestApplication application, int size) throws IOException {
		Socket socket = new Socket("127.0.0.1", application.port());
		socket.setSoTimeout(100);
		socket.getOutputStream()
			.write(("POST " + TestApplication.PATH
					+ " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + size
					+ "\r\n\r\n")
				.getBytes(StandardCharsets.US_ASCII));
		return socket;
	}

	/**
	 * Read the first line, if there is one by now.
	 */
	private static String statusLine(Socket socket) throws IOException {
		InputStream in = socket.getInputStream();
		StringBuilder line = new StringBuilder();
		try {
			for (int c = in.read(); c != -1 && c != '\r'; c = in.read()) {
				line.append((char) c);
			}
		}
		catch (SocketTimeoutException ex) {
			// nothing yet
			return "";
		}
		return line.toString();
	}

}
