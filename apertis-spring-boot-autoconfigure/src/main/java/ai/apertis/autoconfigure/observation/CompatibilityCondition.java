package ai.apertis.autoconfigure.observation;

import java.util.Set;

import ai.apertis.autoconfigure.observation.ApertisObservationProperties.Compatibility;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Condition that matches if {@code apertis.metrics.compatibility} includes a value.
 */
abstract class CompatibilityCondition extends SpringBootCondition {

	private static final String NAME = "apertis.metrics.compatibility";

	private final Compatibility wanted;

	CompatibilityCondition(Compatibility wanted) {
		this.wanted = wanted;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Set<Compatibility> values = Binder.get(context.getEnvironment())
			.bind(NAME, Bindable.setOf(Compatibility.class))
			.orElse(Set.of());
		return new ConditionOutcome(values.contains(this.wanted),
				ConditionMessage.forCondition("Compatibility").because(NAME + " is " + values));
	}

	static final class SpringAi extends CompatibilityCondition {

		SpringAi() {
			super(Compatibility.SPRING_AI);
		}

	}

	static final class EarlierNames extends CompatibilityCondition {

		EarlierNames() {
			super(Compatibility.OTEL_1_41);
		}

	}

}
