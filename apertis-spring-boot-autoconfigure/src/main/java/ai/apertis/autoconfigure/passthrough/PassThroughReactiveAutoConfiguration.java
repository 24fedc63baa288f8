package ai.apertis.autoconfigure.passthrough;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.passthrough.address.TrustedProxies;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.reactive.BrokenStreamObservationFilter;
import ai.apertis.passthrough.reactive.PassThroughHandler;
import ai.apertis.passthrough.reactive.PassThroughRouter;
import ai.apertis.passthrough.reactive.UnknownEndpointHandler;
import ai.apertis.passthrough.route.BasePath;
import ai.apertis.passthrough.route.Route;
import reactor.netty.http.server.HttpServer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
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

	@Bean
	@ConditionalOnMissingBean
	PassThroughHandler apertisPassThroughHandler(PassThrough passThrough, PassThroughProperties properties,
			Environment environment) {
		boolean believed = ForwardHeadersStrategy.of(environment) != ForwardHeadersStrategy.NONE;
		return new PassThroughHandler(passThrough, believed ? TrustedProxies.of(properties.trustedProxies()) : null);
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisPassThroughRoutes")
	RouterFunction<ServerResponse> apertisPassThroughRoutes(PassThroughHandler handler,
			PassThroughProperties properties, ObjectProvider<Route> routes, ObjectProvider<StreamResumption> resumption,
			ApplicationContext application) {
		RouterFunction<ServerResponse> router = PassThroughRouter.of(handler, new BasePath(properties.basePath()),
				routes.orderedStream().toList(), resumption.getIfAvailable());
		// the context of a management port would find them too
		return RouterFunctions.nest((request) -> isOf(application, request), router);
	}

	@Bean
	@ConditionalOnMissingBean
	BrokenStreamObservationFilter apertisBrokenStreamObservationFilter() {
		return new BrokenStreamObservationFilter();
	}

	@Bean
	@ConditionalOnMissingBean
	UnknownEndpointHandler apertisUnknownEndpointHandler(PassThroughProperties properties) {
		return new UnknownEndpointHandler(new BasePath(properties.basePath()));
	}

	private static boolean isOf(ApplicationContext application, ServerRequest request) {
		ApplicationContext serving = request.exchange().getApplicationContext();
		return serving == null || serving == application;
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
