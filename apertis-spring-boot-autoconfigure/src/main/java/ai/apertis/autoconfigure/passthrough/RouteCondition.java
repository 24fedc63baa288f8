package ai.apertis.autoconfigure.passthrough;

import java.util.Set;

import ai.apertis.autoconfigure.passthrough.PassThroughProperties.RouteName;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * The condition of {@link ConditionalOnRoute @ConditionalOnRoute}.
 */
class RouteCondition extends SpringBootCondition {

	private static final String PROPERTY = "apertis.pass-through.routes";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		RouteName route = metadata.getAnnotations().get(ConditionalOnRoute.class).getEnum("value", RouteName.class);
		Set<RouteName> routes = Binder.get(context.getEnvironment())
			.bind(PROPERTY, Bindable.setOf(RouteName.class))
			.orElse(Set.of(RouteName.CHAT));
		ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnRoute.class, route);
		return routes.contains(route) ? ConditionOutcome.match(message.foundExactly(PROPERTY))
				: ConditionOutcome.noMatch(message.because(PROPERTY + " is " + routes));
	}

}
