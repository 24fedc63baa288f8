package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

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
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.security.web.server.util.matcher.AndServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.NegatedServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.web.filter.OncePerRequestFilter;

import static org.assertj.core.api.Assertions.assertThat;

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
