package ai.apertis.passthrough;

import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import ai.apertis.test.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.authentication.HttpStatusEntryPoint;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.security.web.server.util.matcher.AndServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.NegatedServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The pass-through under Spring Security, with the chains that the documentation shows.
 */
@BothStacks
@ExtendWith(OutputCaptureExtension.class)
class SecurityTests {

	private static final String AUTHORIZATION = "Authorization: Basic "
			+ Base64.getEncoder().encodeToString("ada:secret".getBytes(StandardCharsets.UTF_8));

	@Parameter
	private WebApplicationType type;

	@Test
	void refusesWhoIsNotAuthenticated(CapturedOutput output) throws IOException {
		try (TestApplication application = start()) {
			for (String authorization : new String[] { "X: none", "Authorization: Basic eDp5",
					"Authorization: Bearer " + TestApplication.KEY }) {
				try (RawExchange exchange = application.post(TestApplication.REQUEST, authorization)) {
					assertThat(exchange.status()).isEqualTo(401);
				}
				try (RawExchange exchange = application.get(TestApplication.MODELS_PATH, authorization)) {
					assertThat(exchange.status()).isEqualTo(401);
				}
			}
			assertThat(application.gateway().requests()).isEmpty();
			assertThat(output.getAll()).doesNotContain("is open");
		}
	}

	@Test
	void knowsTheUser() throws Exception {
		try (TestApplication application = start()) {
			application.gateway().replyWith(Reply.answer("one"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST, AUTHORIZATION)) {
				assertThat(exchange.text()).contains("one").endsWith("data: [DONE]\n\n");
				assertThat(exchange.isTerminated()).isTrue();
			}
			assertThat(application.gateway().takeRequest().body()).contains("\"user\":\"ada\"");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { AUTHENTICATED, BY_OWN_FILTER })
	void streamsAndEndsAsWithoutSecurity(String how, CapturedOutput output) throws IOException {
		try (TestApplication application = start()) {
			String authentication = how.equals(AUTHENTICATED) ? AUTHORIZATION : "X-Internal-User: ada";
			application.gateway()
				.replyWith(Reply.stream().content("one").hold().content("two").finish("stop").done(),
						Reply.stream().content("half").cut(), Reply.completion("whole", 1, 2),
						Reply.error(404, "t", "model_not_found", "m"), Reply.json(200, "{\"data\":[]}"),
						Reply.answer("after all"));
			try (RawExchange exchange = application.post(TestApplication.REQUEST, authentication)) {
				assertThat(exchange.chunk()).contains("\"one\"");
				application.gateway().release();
				assertThat(exchange.text()).contains("\"two\"").endsWith("data: [DONE]\n\n");
				assertThat(exchange.isTerminated()).isTrue();
			}
			try (RawExchange exchange = application.post(TestApplication.REQUEST, authentication)) {
				assertThat(exchange.text()).contains("\"half\"", "stream_interrupted").doesNotContain("[DONE]");
				assertThat(exchange.isTerminated()).isFalse();
			}
			try (RawExchange exchange = application.post(TestApplication.REQUEST.replace("true", "false"),
					authentication)) {
				assertThat(exchange.text()).contains("whole");
			}
			try (RawExchange exchange = application.post(TestApplication.REQUEST, authentication)) {
				assertThat(exchange.status()).isEqualTo(404);
			}
			try (RawExchange exchange = application.get(TestApplication.MODELS_PATH, authentication)) {
				assertThat(exchange.text()).isEqualTo("{\"data\":[]}");
			}
			try (RawExchange exchange = application.post(TestApplication.REQUEST, authentication)) {
				assertThat(exchange.text()).contains("after all");
			}
		}
		assertThat(output.getAll()).doesNotContain("\tat ", "already committed", "Denied");
	}

	private static final String AUTHENTICATED = "by Spring Security";

	private static final String BY_OWN_FILTER = "by a filter that keeps nothing for other dispatches";

	@Test
	void takesAnonymousUsersForNobody() throws Exception {
		try (TestApplication application = startWithLogin()) {
			application.gateway().replyWith(Reply.stream().content("one").hold().finish("stop").done());
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "X-Public: yes")) {
				assertThat(exchange.chunk()).contains("\"one\"");
				application.gateway().release();
				assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
			}
			assertThat(application.gateway().takeRequest().body()).contains("\"user\":\"null\"");
		}
	}

	@Test
	void streamsToWhoHasLoggedInWithAForm() throws Exception {
		try (TestApplication application = startWithLogin()) {
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "Accept: text/html")) {
				assertThat(exchange.status()).isEqualTo(302);
				assertThat(exchange.header("Location")).endsWith("/login");
			}
			assertThat(application.gateway().requests()).isEmpty();
			application.gateway().replyWith(Reply.stream().content("one").hold().finish("stop").done());
			try (RawExchange exchange = application.post(TestApplication.REQUEST, "Cookie: " + login(application))) {
				assertThat(exchange.chunk()).contains("\"one\"");
				application.gateway().release();
				assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
				assertThat(exchange.isTerminated()).isTrue();
			}
			assertThat(application.gateway().takeRequest().body()).contains("\"user\":\"ada\"");
		}
	}

	@Test
	void keepsCsrfProtectionWhereItIsWanted() throws Exception {
		assumeTrue(this.type == WebApplicationType.SERVLET);
		try (TestApplication application = TestApplication.start(this.type, List.of(Secured.class, FormLogin.class),
				"spring.security.user.name=ada", "spring.security.user.password=secret")) {
			CookieManager cookies = new CookieManager();
			HttpClient browser = HttpClient.newBuilder().cookieHandler(cookies).build();
			assertThat(send(browser, application, TestApplication.MODELS_PATH, null, "").statusCode()).isEqualTo(401);
			assertThat(send(browser, application, "/login", null, "").statusCode()).isEqualTo(200);
			assertThat(
					send(browser, application, "/login", "username=ada&password=secret", token(cookies)).statusCode())
				.isEqualTo(302);
			assertThat(send(browser, application, "/none", null, "").statusCode()).isEqualTo(404);
			assertThat(send(browser, application, TestApplication.PATH, TestApplication.REQUEST, "").statusCode())
				.isEqualTo(403);
			application.gateway().replyWith(Reply.answer("one"));
			assertThat(send(browser, application, TestApplication.PATH, TestApplication.REQUEST, token(cookies)).body())
				.contains("one")
				.endsWith("data: [DONE]\n\n");
		}
	}

	private static String token(CookieManager cookies) {
		return cookies.getCookieStore()
			.getCookies()
			.stream()
			.filter((cookie) -> cookie.getName().equals("XSRF-TOKEN"))
			.map(HttpCookie::getValue)
			.findFirst()
			.orElseThrow();
	}

	private static HttpResponse<String> send(HttpClient browser, TestApplication application, String path, String body,
			String token) throws Exception {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://localhost:" + application.port() + path));
		if (body != null) {
			request.POST(BodyPublishers.ofString(body))
				.header("Content-Type",
						body.startsWith("{") ? "application/json" : "application/x-www-form-urlencoded");
		}
		if (!token.isEmpty()) {
			request.header("X-XSRF-TOKEN", token);
		}
		return browser.send(request.build(), BodyHandlers.ofString());
	}

	private static String login(TestApplication application) throws IOException {
		String cookie;
		Matcher token;
		try (RawExchange form = application.get("/login", "Accept: text/html")) {
			cookie = form.header("Set-Cookie").split(";")[0];
			token = Pattern.compile("name=\"_csrf\" type=\"hidden\" value=\"([^\"]+)\"").matcher(form.text());
			assertThat(token.find()).isTrue();
		}
		try (RawExchange login = application.send("POST /login", "username=ada&password=secret&_csrf=" + token.group(1),
				Map.of("Content-Type", "application/x-www-form-urlencoded", "Cookie", cookie))) {
			assertThat(login.status()).isEqualTo(302);
			assertThat(login.header("Location")).doesNotContain("error");
			return login.header("Set-Cookie").split(";")[0];
		}
	}

	private TestApplication startWithLogin() {
		return TestApplication.start(this.type,
				List.of(Secured.class,
						(this.type == WebApplicationType.SERVLET) ? ServletLogin.class : ReactiveLogin.class),
				"spring.security.user.name=ada", "spring.security.user.password=secret");
	}

	private TestApplication start() {
		return TestApplication.start(this.type,
				List.of(Secured.class,
						(this.type == WebApplicationType.SERVLET) ? ServletChain.class : ReactiveChain.class),
				"spring.security.user.name=ada", "spring.security.user.password=secret");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Secured {

		@Bean
		PassThroughPolicy user() {
			return (request) -> Mono
				.just(request.with("user", request.json().stringNode(String.valueOf(request.user()))));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ServletChain {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) throws Exception {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.httpBasic(Customizer.withDefaults())
				.csrf((csrf) -> csrf.ignoringRequestMatchers("/apertis/**"))
				.build();
		}

		@Bean
		@Order(1)
		SecurityFilterChain ownChain(HttpSecurity http) throws Exception {
			return http.securityMatcher((request) -> request.getHeader("X-Internal-User") != null)
				.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.csrf((csrf) -> csrf.disable())
				.addFilterBefore(new OwnFilter(), AnonymousAuthenticationFilter.class)
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ServletLogin {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) throws Exception {
			return http
				.authorizeHttpRequests(
						(requests) -> requests.requestMatchers((request) -> request.getHeader("X-Public") != null)
							.permitAll()
							.anyRequest()
							.authenticated())
				.formLogin(Customizer.withDefaults())
				.csrf((csrf) -> csrf.ignoringRequestMatchers("/apertis/**"))
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FormLogin {

		@Bean
		SecurityFilterChain formLogin(HttpSecurity http) throws Exception {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.formLogin(Customizer.withDefaults())
				.csrf(CsrfConfigurer::spa)
				.exceptionHandling((failures) -> failures.defaultAuthenticationEntryPointFor(
						new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED),
						PathPatternRequestMatcher.pathPattern("/apertis/**")))
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReactiveLogin {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http
				.authorizeExchange(
						(exchanges) -> exchanges
							.matchers((exchange) -> (exchange.getRequest().getHeaders().getFirst("X-Public") != null)
									? MatchResult.match() : MatchResult.notMatch())
							.permitAll()
							.anyExchange()
							.authenticated())
				.anonymous(Customizer.withDefaults())
				.formLogin(Customizer.withDefaults())
				.csrf((csrf) -> csrf
					.requireCsrfProtectionMatcher(new AndServerWebExchangeMatcher(CsrfWebFilter.DEFAULT_CSRF_MATCHER,
							new NegatedServerWebExchangeMatcher(
									ServerWebExchangeMatchers.pathMatchers("/apertis/**")))))
				.build();
		}

	}

	/**
	 * Authenticates as many hand-written filters do: for this dispatch and no other.
	 */
	private static final class OwnFilter extends OncePerRequestFilter {

		@Override
		protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
				throws ServletException, IOException {
			String user = request.getHeader("X-Internal-User");
			if (user != null) {
				SecurityContextHolder.setContext(new SecurityContextImpl(new UsernamePasswordAuthenticationToken(user,
						null, AuthorityUtils.createAuthorityList("USER"))));
			}
			chain.doFilter(request, response);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReactiveChain {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
				.httpBasic(Customizer.withDefaults())
				.csrf((csrf) -> csrf
					.requireCsrfProtectionMatcher(new AndServerWebExchangeMatcher(CsrfWebFilter.DEFAULT_CSRF_MATCHER,
							new NegatedServerWebExchangeMatcher(
									ServerWebExchangeMatchers.pathMatchers("/apertis/**")))))
				.build();
		}

		@Bean
		@Order(1)
		SecurityWebFilterChain ownChain(ServerHttpSecurity http) {
			return http
				.securityMatcher((exchange) -> (exchange.getRequest().getHeaders().getFirst("X-Internal-User") != null)
						? MatchResult.match() : MatchResult.notMatch())
				.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.addFilterBefore(
						(exchange, chain) -> chain.filter(exchange)
							.contextWrite(ReactiveSecurityContextHolder
								.withAuthentication(new UsernamePasswordAuthenticationToken("ada", null,
										AuthorityUtils.createAuthorityList("USER")))),
						SecurityWebFiltersOrder.AUTHORIZATION)
				.build();
		}

	}

}
