package ai.apertis.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import javax.net.ssl.KeyManagerFactory;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.ClientClosedException;
import ai.apertis.client.error.ConnectionException;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The connections to the gateway, as the properties and the application's beans say.
 */
class ApertisConnectorsTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class, WebClientAutoConfiguration.class,
				ApertisConnectorAutoConfiguration.class, ApertisAutoConfiguration.class))
		.withPropertyValues("apertis.api-key=key", "apertis.chat.model=m", "apertis.retry.max-retries=0");

	private SimulatedGateway gateway;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	private ApplicationContextRunner runner() {
		return this.runner.withPropertyValues("apertis.base-url=" + this.gateway.baseUrl());
	}

	private static String answer(ApertisClient client) {
		return client.chat("hello")
			.content()
			.collectList()
			.map((all) -> String.join("", all))
			.blockOptional(LIMIT)
			.orElseThrow();
	}

	@Test
	void haveAPoolOfTheirOwnThatIsMeteredAndClosed() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		Metrics.addRegistry(registry);
		try {
			this.gateway.replyWith(Reply.answer("ok"));
			runner().run((context) -> {
				assertThat(answer(context.getBean(ApertisClient.class))).isEqualTo("ok");
				assertThat(registry.find("reactor.netty.connection.provider.max.connections")
					.tag("name", "apertis")
					.gauges()).singleElement().satisfies((gauge) -> assertThat(gauge.value()).isEqualTo(10_000));
			});
			assertThat(this.gateway.requests().get(0).awaitClosed(LIMIT)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			Metrics.removeRegistry(registry);
		}
	}

	@Test
	void areMadeByTheFirstCallAndOnAThreadThatMayBlock() {
		List<Boolean> blockable = new CopyOnWriteArrayList<>();
		this.gateway.replyWith(Reply.answer("ok"), Reply.answer("ok"));
		runner()
			.withBean(WebClientCustomizer.class, () -> (builder) -> blockable.add(!Schedulers.isInNonBlockingThread()))
			.run((context) -> {
				ApertisClient client = context.getBean(ApertisClient.class);
				assertThat(blockable).isEmpty();
				assertThat(context.getBeanFactory().containsSingleton("clientHttpConnector")).isFalse();
				String answers = client.chat("hello")
					.content()
					.concatWith(client.chat("again").content())
					.subscribeOn(Schedulers.parallel())
					.collect(Collectors.joining(" "))
					.block(LIMIT);
				assertThat(answers).isEqualTo("ok ok");
				assertThat(blockable).containsExactly(true);
			});
	}

	@Test
	void areMadeToTheEndAlsoIfTheFirstCallIsCancelled() {
		CountDownLatch making = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		List<Boolean> made = new CopyOnWriteArrayList<>();
		this.gateway.replyWith(Reply.answer("ok"));
		runner().withBean(WebClientCustomizer.class, () -> (builder) -> {
			making.countDown();
			try {
				made.add(cancelled.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
			}
			catch (InterruptedException ex) {
				made.add(false);
			}
		}).run((context) -> {
			ApertisClient client = context.getBean(ApertisClient.class);
			Disposable first = client.chat("hello").content().subscribeOn(Schedulers.parallel()).subscribe();
			assertThat(making.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
			first.dispose();
			cancelled.countDown();
			assertThat(answer(client)).isEqualTo("ok");
			assertThat(made).isNotEmpty().containsOnly(true);
		});
	}

	@Test
	void areTriedAgainIfTheyCannotBeMade() {
		AtomicInteger made = new AtomicInteger();
		this.gateway.replyWith(Reply.answer("ok"));
		runner().withBean(WebClientCustomizer.class, () -> (builder) -> {
			if (made.incrementAndGet() == 1) {
				throw new IllegalStateException("not yet");
			}
		}).run((context) -> {
			ApertisClient client = context.getBean(ApertisClient.class);
			assertThatExceptionOfType(ConnectionException.class).isThrownBy(() -> answer(client))
				.withMessageContaining("cannot be built")
				.withRootCauseInstanceOf(IllegalStateException.class);
			assertThat(answer(client)).isEqualTo("ok");
			assertThat(made).hasValue(2);
		});
	}

	@Test
	void areNotMadeAnyMoreWhenTheApplicationHasStopped() {
		AtomicReference<ApertisClient> client = new AtomicReference<>();
		AtomicInteger made = new AtomicInteger();
		runner().withBean(WebClientCustomizer.class, () -> (builder) -> made.incrementAndGet())
			.run((context) -> client.set(context.getBean(ApertisClient.class)));
		assertThatExceptionOfType(ClientClosedException.class).isThrownBy(() -> answer(client.get()));
		assertThat(made).hasValue(0);
	}

	@Test
	void leaveAConnectorOfTheApplication() {
		List<URI> connected = new CopyOnWriteArrayList<>();
		ReactorClientHttpConnector connector = new ReactorClientHttpConnector();
		this.gateway.replyWith(Reply.answer("ok"));
		runner().withBean(ClientHttpConnector.class, () -> (method, uri, callback) -> {
			connected.add(uri);
			return connector.connect(method, uri, callback);
		}).run((context) -> {
			assertThat(context).doesNotHaveBean(ApertisConnectors.class);
			assertThat(answer(context.getBean(ApertisClient.class))).isEqualTo("ok");
			assertThat(connected).hasSize(1);
		});
	}

	@Test
	void closeTheConnectionOfACancelledStreamAlsoWithTheJdksClient() {
		this.gateway.replyWith(Reply.stream().content("a").stall());
		runner().withPropertyValues("spring.http.clients.reactive.connector=jdk").run((context) -> {
			String first = context.getBean(ApertisClient.class).chat("hello").content().blockFirst(LIMIT);
			assertThat(first).isEqualTo("a");
			assertThat(this.gateway.takeRequest().header("User-Agent")).isPresent();
			assertThat(this.gateway.requests().get(0).awaitClosed(LIMIT)).isTrue();
		});
	}

	@ParameterizedTest
	@CsvSource({ "'', '', PT10S", "spring.http.clients.connect-timeout=3s, '', PT3S",
			"spring.http.clients.connect-timeout=3s, apertis.http.connect-timeout=4s, PT4S" })
	void takeTheirSettingsFromTheApplicationsAndTheirOwn(String common, String own, Duration connectTimeout) {
		List<HttpClientSettings> all = new CopyOnWriteArrayList<>();
		ClientHttpConnectorBuilder<ClientHttpConnector> builder = (given) -> {
			all.add(given);
			return (method, uri, callback) -> Mono.error(new IOException("no network"));
		};
		runner().withBean(ClientHttpConnectorBuilder.class, () -> builder)
			.withPropertyValues("spring.http.clients.read-timeout=1s", "spring.http.clients.redirects=follow",
					common.isEmpty() ? "unrelated=1" : common, own.isEmpty() ? "unrelated=1" : own)
			.run((context) -> {
				assertThatExceptionOfType(ConnectionException.class)
					.isThrownBy(() -> answer(context.getBean(ApertisClient.class)));
				// Spring Boot's own for the builder of web clients comes after it
				assertThat(all).first().satisfies((settings) -> {
					assertThat(settings.connectTimeout()).isEqualTo(connectTimeout);
					assertThat(settings.readTimeout()).isNull();
					assertThat(settings.redirects()).isEqualTo(HttpRedirects.DONT_FOLLOW);
				});
			});
	}

	@Test
	void followNoRedirectThatCouldTakeTheKeyAlong() {
		this.gateway.replyWith(Reply.status(307).header("Location", this.gateway.baseUrl() + "/elsewhere"),
				Reply.answer("never"));
		runner().run((context) -> assertThatExceptionOfType(ApertisApiException.class)
			.isThrownBy(() -> answer(context.getBean(ApertisClient.class)))
			.satisfies((ex) -> assertThat(ex.statusCode()).isEqualTo(307)));
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void refuseAProxyThatTheyCannotSet() {
		ClientHttpConnectorBuilder<ClientHttpConnector> builder = (given) -> (method, uri, callback) -> Mono.empty();
		runner().withBean(ClientHttpConnectorBuilder.class, () -> builder)
			.withPropertyValues("apertis.http.proxy.host=proxy.example.org")
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("ClientHttpConnectorBuilderCustomizer"));
	}

	@Test
	void refuseAnSslBundleThatCannotBeLoaded() {
		runner()
			.withPropertyValues("spring.ssl.bundle.pem.broken.truststore.certificate=classpath:nowhere.pem",
					"apertis.http.ssl.bundle=broken")
			.run((context) -> assertThat(context.getStartupFailure()).hasStackTraceContaining("nowhere.pem"));
	}

	@Test
	void refuseAnSslBundleThatIsNotThere() {
		runner().withPropertyValues("apertis.http.ssl.bundle=missing")
			.run((context) -> assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("missing"));
	}

	@ParameterizedTest
	@CsvSource({ "reactor", "jdk" })
	void trustWhatTheSslBundleTrusts(String connector) throws Exception {
		LoopResources threads = LoopResources.create("secure-gateway");
		DisposableServer server = HttpServer.create()
			.runOn(threads, false)
			.host("127.0.0.1")
			.port(0)
			.secure((spec) -> spec.sslContext(serverContext()))
			.route((routes) -> routes.post("/v1/chat/completions",
					(request, response) -> response.header("Content-Type", "text/event-stream")
						.sendString(Mono.just("data: {\"choices\":[{\"delta\":{\"content\":\"safe\"},"
								+ "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"))))
			.bindNow();
		try {
			ApplicationContextRunner secured = this.runner.withPropertyValues(
					"apertis.base-url=https://127.0.0.1:" + server.port() + "/v1",
					"spring.http.clients.reactive.connector=" + connector);
			secured.run((context) -> assertThatExceptionOfType(ConnectionException.class)
				.isThrownBy(() -> answer(context.getBean(ApertisClient.class))));
			secured
				.withPropertyValues("apertis.http.ssl.bundle=gateway",
						"spring.ssl.bundle.jks.gateway.truststore.location=classpath:gateway.p12",
						"spring.ssl.bundle.jks.gateway.truststore.password=simulated")
				.run((context) -> assertThat(answer(context.getBean(ApertisClient.class))).isEqualTo("safe"));
		}
		finally {
			server.disposeNow();
			threads.dispose();
		}
	}

	private SslContext serverContext() {
		try (InputStream in = getClass().getResourceAsStream("/gateway.p12")) {
			KeyStore store = KeyStore.getInstance("PKCS12");
			store.load(in, "simulated".toCharArray());
			KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
			keys.init(store, "simulated".toCharArray());
			return SslContextBuilder.forServer(keys).build();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@ParameterizedTest
	@CsvSource({ "reactor, CONNECT gateway.invalid:80 HTTP/1.1",
			"jdk, POST http://gateway.invalid/v1/chat/completions HTTP/1.1" })
	void goThroughAProxy(String connector, String firstLine) throws Exception {
		AtomicReference<String> received = new AtomicReference<>("");
		ExecutorService thread = Executors.newSingleThreadExecutor();
		try (ServerSocket proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
			thread.submit(() -> proxy(proxy, received));
			this.runner
				.withPropertyValues("apertis.base-url=http://gateway.invalid/v1",
						"spring.http.clients.reactive.connector=" + connector, "apertis.http.proxy.host=127.0.0.1",
						"apertis.http.proxy.port=" + proxy.getLocalPort(), "apertis.http.proxy.username=user",
						"apertis.http.proxy.password=pass")
				.run((context) -> assertThat(answer(context.getBean(ApertisClient.class))).isEqualTo("proxied"));
		}
		finally {
			thread.shutdownNow();
		}
		assertThat(received.get()).startsWith(firstLine);
		if (connector.equals("reactor")) {
			assertThat(received.get().toLowerCase(Locale.ROOT)).contains("proxy-authorization: basic dxnlcjpwyxnz");
		}
	}

	/**
	 * A proxy that is the gateway itself.
	 */
	private static Void proxy(ServerSocket server, AtomicReference<String> received) throws IOException {
		try (Socket socket = server.accept()) {
			received.set(head(socket));
			if (received.get().startsWith("CONNECT")) {
				write(socket, "HTTP/1.1 200 Connection established\r\n\r\n");
				head(socket);
			}
			write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
					+ "data: {\"choices\":[{\"delta\":{\"content\":\"proxied\"},\"finish_reason\":\"stop\"}]}\n\n"
					+ "data: [DONE]\n\n");
			// until the client has sent all
			socket.shutdownOutput();
			socket.getInputStream().readAllBytes();
		}
		return null;
	}

	private static String head(Socket socket) throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.indexOf("\r\n\r\n") < 0) {
			head.append((char) socket.getInputStream().read());
		}
		return head.toString();
	}

	private static void write(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
		socket.getOutputStream().flush();
	}

}
