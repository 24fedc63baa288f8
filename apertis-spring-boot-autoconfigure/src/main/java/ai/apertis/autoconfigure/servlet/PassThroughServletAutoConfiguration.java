package ai.apertis.autoconfigure.servlet;

import jakarta.servlet.DispatcherType;

import ai.apertis.autoconfigure.ApertisAutoConfiguration;
import ai.apertis.autoconfigure.PassThroughConfiguration;
import ai.apertis.autoconfigure.PassThroughProperties;
import ai.apertis.passthrough.PassThrough;
import ai.apertis.passthrough.servlet.BrokenStreamFilter;
import ai.apertis.passthrough.servlet.PassThroughHandler;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.DispatcherServlet;
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
		return new PassThroughHandler(passThrough, Math.toIntExact(properties.maxRequestSize().toBytes()));
	}

	@Bean
	@ConditionalOnMissingBean(name = "apertisPassThroughRoutes")
	RouterFunction<ServerResponse> apertisPassThroughRoutes(PassThroughHandler handler,
			PassThroughProperties properties) {
		return RouterFunctions.route().POST(properties.chatCompletionsPath(), handler).build();
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

}
