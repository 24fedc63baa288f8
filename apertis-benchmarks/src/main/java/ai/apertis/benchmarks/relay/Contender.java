package ai.apertis.benchmarks.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.benchmarks.measure.MeasuredProcess;

/**
 * What can stand between a browser and the gateway.
 */
enum Contender {

	/** This project on Spring WebFlux, with its meters. */
	APERTIS_WEBFLUX("Apertis on WebFlux") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return apertis(port, gatewayPort, options, without(SERVLET, PEERS), "reactive");
		}

	},

	/** The same without a registry. */
	APERTIS_UNOBSERVED("Apertis on WebFlux, no meters") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return apertis(port, gatewayPort, options, without(SERVLET, PEERS, METERS), "reactive");
		}

	},

	/** This project on Spring MVC, with its meters. */
	APERTIS_MVC("Apertis on MVC") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return apertis(port, gatewayPort, options, without(PEERS), "servlet");
		}

	},

	/** The same with virtual threads. */
	APERTIS_MVC_VIRTUAL("Apertis on MVC, virtual threads") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return apertis(port, gatewayPort, options, without(PEERS), "servlet",
					"--spring.threads.virtual.enabled=true");
		}

		@Override
		boolean isAvailable() {
			return Runtime.version().feature() >= 21;
		}

	},

	/** The web server, unbuffered. */
	NGINX("nginx, unbuffered (counts nothing)") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) throws IOException {
			Path folder = Files.createTempDirectory("apertis-benchmark-nginx");
			Path configuration = Files.writeString(folder.resolve("nginx.conf"), """
					daemon off;
					pid %1$s/pid;
					worker_processes auto;
					worker_rlimit_nofile 20000;
					events { worker_connections 16384; }
					http {
					  access_log off;
					  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
					  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
					  keepalive_requests 1000000000;
					  upstream gateway { server 127.0.0.1:%3$d; keepalive 8192; keepalive_requests 1000000000; }
					  server {
					    listen 127.0.0.1:%2$d backlog=8192;
					    location / {
					      proxy_pass http://gateway;
					      proxy_http_version 1.1;
					      proxy_set_header Connection "";
					      proxy_set_header Authorization "Bearer benchmark";
					      proxy_buffering off;
					      proxy_read_timeout 300s;
					    }
					  }
					}
					""".formatted(folder, port, gatewayPort));
			return List.of("nginx", "-e", "stderr", "-p", folder.toString(), "-c", configuration.toString());
		}

		@Override
		boolean isAvailable() {
			return Stream.of(System.getenv("PATH").split(":"))
				.anyMatch((folder) -> Files.isExecutable(Path.of(folder, "nginx")));
		}

	},

	/** A route of Spring Cloud Gateway. */
	CLOUD_GATEWAY("Spring Cloud Gateway route (counts nothing)") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			String routes = "--spring.cloud.gateway.server.webflux.routes[0].";
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, AI), RouteRelay.class,
					spring(port, routes + "id=gateway", routes + "uri=http://127.0.0.1:" + gatewayPort,
							routes + "predicates[0]=Path=/**",
							routes + "filters[0]=AddRequestHeader=Authorization, Bearer benchmark",
							"--spring.cloud.compatibility-verifier.enabled=false"));
		}

	},

	/** The controller of the tutorials. */
	TUTORIAL("Controller, Flux<ServerSentEvent<String>> (counts nothing)") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, CLOUD, AI), TutorialRelay.class,
					spring(port, "--gateway=http://127.0.0.1:" + gatewayPort));
		}

	},

	/** A controller that reads and writes objects. */
	TYPED("Controller, Jackson both ways (counts nothing)") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, CLOUD, AI), TypedRelay.class,
					spring(port, "--gateway=http://127.0.0.1:" + gatewayPort));
		}

	},

	/** Spring AI in a controller of Spring WebFlux. */
	SPRING_AI("Spring AI on WebFlux") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, CLOUD), SpringAiRelay.class,
					spring(port, "--spring.ai.openai.api-key=benchmark",
							"--spring.ai.openai.base-url=http://127.0.0.1:" + gatewayPort + "/v1"));
		}

	},

	/** LangChain4j in a controller of Spring MVC. */
	LANGCHAIN4J("LangChain4j on MVC") {

		@Override
		List<String> command(int port, int gatewayPort, List<String> options) {
			return MeasuredProcess.java(options, without(METERS, OURS, CLOUD, "spring-ai-.*"), LangChain4jRelay.class,
					spring(port, "--spring.main.web-application-type=servlet",
							"--gateway=http://127.0.0.1:" + gatewayPort + "/v1"));
		}

	};

	private static final String SERVLET = "spring-webmvc-.*|spring-boot-(starter-)?webmvc-.*|.*tomcat.*";

	private static final String METERS = ".*actuator.*|micrometer-registry-.*|spring-boot-(starter-)?micrometer-.*";

	private static final String OURS = "apertis-(client|pass-through|test|spring)-.*";

	private static final String CLOUD = "spring-cloud-.*";

	private static final String AI = "spring-ai-.*|langchain4j-.*|openai-.*|jtokkit-.*";

	private static final String PEERS = CLOUD + "|" + AI;

	private final String title;

	Contender(String title) {
		this.title = title;
	}

	String title() {
		return this.title;
	}

	/** Whether it is of this project. */
	boolean isOurs() {
		return name().startsWith("APERTIS");
	}

	/** The path of its endpoint. */
	String path() {
		return isOurs() ? "/apertis/v1/chat/completions" : "/v1/chat/completions";
	}

	/** Whether it can run on this machine. */
	boolean isAvailable() {
		return true;
	}

	/** How to start it. */
	abstract List<String> command(int port, int gatewayPort, List<String> options) throws IOException;

	private static List<String> apertis(int port, int gatewayPort, List<String> options, String without, String stack,
			String... args) {
		List<String> all = new ArrayList<>(spring(port, "--spring.main.web-application-type=" + stack,
				"--apertis.api-key=benchmark", "--apertis.base-url=http://127.0.0.1:" + gatewayPort + "/v1",
				"--apertis.pass-through.enabled=true", "--apertis.pass-through.max-streams=10000",
				"--apertis.http.pool.max-connections=10000", "--apertis.http.pool.max-pending=10000",
				"--management.endpoints.web.exposure.include=prometheus"));
		all.addAll(Arrays.asList(args));
		return MeasuredProcess.java(options, without, ApertisRelay.class, all);
	}

	private static List<String> spring(int port, String... args) {
		List<String> all = new ArrayList<>(List.of("--server.port=" + port, "--logging.level.root=warn",
				"--spring.main.banner-mode=off", "--server.tomcat.max-keep-alive-requests=-1"));
		all.addAll(Arrays.asList(args));
		return all;
	}

	private static String without(String... libraries) {
		return "jmh-.*|picocli-.*|" + String.join("|", libraries);
	}

}
