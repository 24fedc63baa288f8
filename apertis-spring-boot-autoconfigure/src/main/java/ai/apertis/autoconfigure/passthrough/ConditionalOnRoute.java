package ai.apertis.autoconfigure.passthrough;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import ai.apertis.autoconfigure.passthrough.PassThroughProperties.RouteName;

import org.springframework.context.annotation.Conditional;

/**
 * {@link Conditional @Conditional} that matches if a route is to be served.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.TYPE, ElementType.METHOD })
@Conditional(RouteCondition.class)
@interface ConditionalOnRoute {

	/**
	 * The route.
	 */
	RouteName value();

}
