package ai.apertis.autoconfigure.reactive;

import java.nio.charset.StandardCharsets;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.autoconfigure.PassThroughConfiguration;
import ai.apertis.autoconfigure.PassThroughProperties;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.reactive.PassThroughHandler;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * {@link AutoConfiguration Auto-configuration} for the pass-through on Spring WebFlux.
 */
@AutoConfiguration(after = ApertisAutoConfiguration.class,
		afterName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication(type = Type.REACTIVE)
@ConditionalOnClass({ DispatcherHandler.class, RouterFunction.class })
@ConditionalOnBooleanProperty("apertis.pass-through.enabled")
@Import(PassThroughConfiguration.class)
public final class PassThroughReactiveAutoConfiguration {

	private static final Resource CLIENT_MODULE = new ClassPathResource("client.js", PassThrough.class);

	private static final MediaType CLIENT_MODULE_TYPE = new MediaType("text", "javascript", StandardCharsets.UTF_8);

	@Bean
	@ConditionalOnMissingBean
	PassThroughHandler apertisPassThroughHandler(PassThrough passThrough, PassThroughProperties properties) {
		return new PassThroughHandler(passThrough, properties.maxRequestBytes());
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisPassThroughRoutes")
	RouterFunction<ServerResponse> apertisPassThroughRoutes(PassThroughHandler handler,
			PassThroughProperties properties) {
		return RouterFunctions.route()
			.POST(properties.chatCompletionsPath(), handler::completion)
			.GET(properties.modelsPath(), handler::models)
			.GET(properties.clientModulePath(),
					(request) -> ServerResponse.ok().contentType(CLIENT_MODULE_TYPE).bodyValue(CLIENT_MODULE))
			.build();
	}

	/**
	 * A client that offers to upgrade to HTTP/2 with its request must not be refused for
	 * its body, as it is by default where HTTP/2 is enabled.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HttpServer.class, NettyReactiveWebServerFactory.class })
	static class UpgradeConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "apertisUpgradeCustomizer")
		WebServerFactoryCustomizer<NettyReactiveWebServerFactory> apertisUpgradeCustomizer(
				PassThroughProperties properties) {
			return (factory) -> factory.addServerCustomizers((server) -> server
				.httpRequestDecoder((decoder) -> decoder.h2cMaxContentLength(properties.maxRequestBytes())));
		}

	}

}
