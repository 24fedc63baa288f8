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
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(SERVLET, PEERS, REDIS), "reactive");
		}

	},

	/** The same without a registry. */
	APERTIS_UNOBSERVED("Apertis on WebFlux, no meters") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(SERVLET, PEERS, METERS, REDIS), "reactive");
		}

	},

	/** This project on Spring MVC, with its meters. */
	APERTIS_MVC("Apertis on MVC") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(PEERS, REDIS), "servlet");
		}

	},

	/** The same with virtual threads. */
	APERTIS_MVC_VIRTUAL("Apertis on MVC, virtual threads") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(PEERS, REDIS), "servlet",
					"--spring.threads.virtual.enabled=true");
		}

		@Override
		boolean isAvailable() {
			return Runtime.version().feature() >= 21;
		}

	},

	/** The same as on WebFlux, with a budget for its user. */
	APERTIS_BUDGET("Apertis on WebFlux, with a budget") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(SERVLET, PEERS, REDIS), "reactive", BUDGET);
		}

	},

	/** The same, kept in Redis. */
	APERTIS_BUDGET_REDIS("Apertis on WebFlux, with a budget in Redis") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(SERVLET, PEERS), "reactive", BUDGET,
					"--apertis.pass-through.budget.store=redis", "--spring.data.redis.port=" + backends.redisPort());
		}

		@Override
		boolean isAvailable() {
			return isOnPath("redis-server");
		}

		@Override
		boolean usesRedis() {
			return true;
		}

	},

	/** The same as on WebFlux, with streams that can be resumed, kept in memory. */
	APERTIS_RESUME_MEMORY("Apertis on WebFlux, streams stored in memory") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(SERVLET, PEERS, REDIS), "reactive", RESUME_ALL,
					RESUME_ANONYMOUS, RETENTION);
		}

	},

	/** The same, kept in Redis. */
	APERTIS_RESUME_REDIS("Apertis on WebFlux, streams stored in Redis") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return apertis(port, backends, options, without(SERVLET, PEERS), "reactive", RESUME_ALL, RESUME_ANONYMOUS,
					RETENTION, "--apertis.pass-through.resume.store=redis",
					"--spring.data.redis.port=" + backends.redisPort());
		}

		@Override
		boolean isAvailable() {
			return isOnPath("redis-server");
		}

		@Override
		boolean usesRedis() {
			return true;
		}

	},

	/** The web server, unbuffered. */
	NGINX("nginx, unbuffered (counts nothing)") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) throws IOException {
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
					""".formatted(folder, port, backends.gateway().port()));
			return List.of("nginx", "-e", "stderr", "-p", folder.toString(), "-c", configuration.toString());
		}

		@Override
		boolean isAvailable() {
			return isOnPath("nginx");
		}

	},

	/** A route of Spring Cloud Gateway. */
	CLOUD_GATEWAY("Spring Cloud Gateway route (counts nothing)") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			String routes = "--spring.cloud.gateway.server.webflux.routes[0].";
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, REDIS, AI), RouteRelay.class,
					spring(port, routes + "id=gateway", routes + "uri=http://127.0.0.1:" + backends.gateway().port(),
							routes + "predicates[0]=Path=/**",
							routes + "filters[0]=AddRequestHeader=Authorization, Bearer benchmark",
							"--spring.cloud.compatibility-verifier.enabled=false"));
		}

	},

	/** The controller of the tutorials. */
	TUTORIAL("Controller, Flux<ServerSentEvent<String>> (counts nothing)") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, REDIS, CLOUD, AI), TutorialRelay.class,
					spring(port, "--gateway=http://127.0.0.1:" + backends.gateway().port()));
		}

	},

	/** A controller that reads and writes objects. */
	TYPED("Controller, Jackson both ways (counts nothing)") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, REDIS, CLOUD, AI), TypedRelay.class,
					spring(port, "--gateway=http://127.0.0.1:" + backends.gateway().port()));
		}

	},

	/** Spring AI in a controller of Spring WebFlux. */
	SPRING_AI("Spring AI on WebFlux") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return MeasuredProcess.java(options, without(SERVLET, METERS, OURS, REDIS, CLOUD), SpringAiRelay.class,
					spring(port, "--spring.ai.openai.api-key=benchmark",
							"--spring.ai.openai.base-url=http://127.0.0.1:" + backends.gateway().port() + "/v1"));
		}

	},

	/** LangChain4j in a controller of Spring MVC. */
	LANGCHAIN4J("LangChain4j on MVC") {

		@Override
		List<String> command(int port, Backends backends, List<String> options) {
			return MeasuredProcess.java(options, without(METERS, OURS, REDIS, CLOUD, "spring-ai-.*"),
					LangChain4jRelay.class, spring(port, "--spring.main.web-application-type=servlet",
							"--gateway=http://127.0.0.1:" + backends.gateway().port() + "/v1"));
		}

	};

	private static final String SERVLET = "spring-webmvc-.*|spring-boot-(starter-)?webmvc-.*|.*tomcat.*";

	private static final String METERS = ".*actuator.*|micrometer-registry-.*|spring-boot-(starter-)?micrometer-.*";

	private static final String OURS = "apertis-(client|pass-through|test|spring)-.*";

	private static final String REDIS = "spring-data-.*|spring-boot-(starter-)?data-.*|lettuce-.*";

	private static final String BUDGET = "--apertis.pass-through.per-user.tokens=1000000000000";

	private static final String RESUME_ALL = "--apertis.pass-through.resume.mode=all";

	private static final String RESUME_ANONYMOUS = "--apertis.pass-through.resume.anonymous=true";

	/** So short that streams at full speed find room. */
	private static final String RETENTION = "--apertis.pass-through.resume.retention=2s";

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

	/** Whether Redis keeps something for it. */
	boolean usesRedis() {
		return false;
	}

	/** How to start it. */
	abstract List<String> command(int port, Backends backends, List<String> options) throws IOException;

	private static List<String> apertis(int port, Backends backends, List<String> options, String without, String stack,
			String... args) {
		List<String> all = new ArrayList<>(
				spring(port, "--spring.main.web-application-type=" + stack, "--apertis.api-key=benchmark",
						"--apertis.base-url=http://127.0.0.1:" + backends.gateway().port() + "/v1",
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

	private static boolean isOnPath(String program) {
		return Stream.of(System.getenv("PATH").split(":"))
			.anyMatch((folder) -> Files.isExecutable(Path.of(folder, program)));
	}

	private static String without(String... libraries) {
		return "jmh-.*|picocli-.*|" + String.join("|", libraries);
	}

}
