package ai.apertis.autoconfigure.passthrough;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.passthrough.address.TrustedProxies;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.route.BasePath;
import ai.apertis.passthrough.route.Route;
import ai.apertis.passthrough.servlet.BrokenStreamFilter;
import ai.apertis.passthrough.servlet.BrokenStreamObservationFilter;
import ai.apertis.passthrough.servlet.ContentTypeFilter;
import ai.apertis.passthrough.servlet.PassThroughHandler;
import ai.apertis.passthrough.servlet.PassThroughRouter;
import ai.apertis.passthrough.servlet.UnknownEndpointResolver;
import jakarta.servlet.DispatcherType;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletPath;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * {@link AutoConfiguration Auto-configuration} for the pass-through on Spring MVC.
 */
@AutoConfiguration(after = ApertisAutoConfiguration.class,
		afterName = "org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration")
@ConditionalOnWebApplication(type = Type.SERVLET)
@ConditionalOnClass({ DispatcherServlet.class, RouterFunction.class })
@ConditionalOnBooleanProperty("apertis.pass-through.enabled")
@Import(PassThroughConfiguration.class)
public final class PassThroughServletAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	PassThroughHandler apertisPassThroughHandler(PassThrough passThrough, PassThroughProperties properties,
			Environment environment) {
		// what the container believes is known to be no more than what it may
		boolean byFilter = ForwardHeadersStrategy.of(environment) == ForwardHeadersStrategy.FRAMEWORK;
		return new PassThroughHandler(passThrough, byFilter ? TrustedProxies.of(properties.trustedProxies()) : null);
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisPassThroughRoutes")
	RouterFunction<ServerResponse> apertisPassThroughRoutes(PassThroughHandler handler,
			PassThroughProperties properties, ObjectProvider<Route> routes,
			ObjectProvider<StreamResumption> resumption) {
		return PassThroughRouter.of(handler, new BasePath(properties.basePath()), routes.orderedStream().toList(),
				resumption.getIfAvailable());
	}

	@Bean
	@ConditionalOnMissingBean
	BrokenStreamObservationFilter apertisBrokenStreamObservationFilter() {
		return new BrokenStreamObservationFilter();
	}

	@Bean
	@ConditionalOnMissingBean
	UnknownEndpointResolver apertisUnknownEndpointResolver(PassThroughProperties properties) {
		return new UnknownEndpointResolver(new BasePath(properties.basePath()));
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisBrokenStreamFilter")
	FilterRegistrationBean<BrokenStreamFilter> apertisBrokenStreamFilter() {
		FilterRegistrationBean<BrokenStreamFilter> registration = new FilterRegistrationBean<>(
				new BrokenStreamFilter());
		registration.setDispatcherTypes(DispatcherType.ASYNC);
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
		// wherever the servlet and the routes are mapped
		registration.addUrlPatterns("/*");
		return registration;
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisContentTypeFilter")
	FilterRegistrationBean<ContentTypeFilter> apertisContentTypeFilter(ObjectProvider<DispatcherServletPath> servlet,
			PassThroughProperties properties) {
		FilterRegistrationBean<ContentTypeFilter> registration = new FilterRegistrationBean<>(new ContentTypeFilter());
		String path = servlet.stream()
			.findFirst()
			.map((mapped) -> mapped.getRelativePath(properties.basePath()))
			.orElse(properties.basePath());
		registration.addUrlPatterns(path + "/*");
		return registration;
	}

}
