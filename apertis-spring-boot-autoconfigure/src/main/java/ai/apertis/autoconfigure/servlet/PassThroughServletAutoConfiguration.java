package ai.apertis.autoconfigure.servlet;

import jakarta.servlet.DispatcherType;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.autoconfigure.PassThroughConfiguration;
import ai.apertis.autoconfigure.PassThroughProperties;
import ai.apertis.passthrough.BasePath;
import ai.apertis.passthrough.ClientModule;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.servlet.BrokenStreamFilter;
import ai.apertis.passthrough.servlet.ContentTypeFilter;
import ai.apertis.passthrough.servlet.BrokenStreamObservationFilter;
import ai.apertis.passthrough.servlet.PassThroughHandler;
import ai.apertis.passthrough.servlet.UnknownEndpointResolver;

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
import org.springframework.core.Ordered;
import org.springframework.http.HttpMethod;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
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
	PassThroughHandler apertisPassThroughHandler(PassThrough passThrough, PassThroughProperties properties) {
		return new PassThroughHandler(passThrough, properties.maxRequestBytes(), properties.requestTimeout());
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisPassThroughRoutes")
	RouterFunction<ServerResponse> apertisPassThroughRoutes(PassThroughHandler handler,
			PassThroughProperties properties) {
		BasePath basePath = new BasePath(properties.basePath());
		ClientModule module = ClientModule.read();
		return RouterFunctions.route()
			.POST(properties.chatCompletionsPath(), handler::completion)
			.route(RequestPredicates.path(properties.chatCompletionsPath()),
					(request) -> handler.notAllowed(request, basePath, HttpMethod.POST))
			.GET(properties.modelsPath(), handler::models)
			.route(RequestPredicates.path(properties.modelsPath()),
					(request) -> handler.notAllowed(request, basePath, HttpMethod.GET))
			.route(RequestPredicates.methods(HttpMethod.GET, HttpMethod.HEAD)
				.and(RequestPredicates.path(properties.clientModulePath())),
					(request) -> handler.module(request, module))
			.route(RequestPredicates.path(properties.clientModulePath()),
					(request) -> handler.notAllowed(request, basePath, HttpMethod.GET))
			.build();
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
