package ai.apertis.autoconfigure.passthrough;

import java.util.Set;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches if any streams are stored.
 */
class ResumeCondition extends SpringBootCondition {

	private static final String MODE = "apertis.pass-through.resume.mode";

	private static final String UI = "apertis.pass-through.ui.enabled";

	private static final String UI_RESUME = "apertis.pass-through.ui.resume";

	/** YAML reads the first one as the second. */
	private static final Set<String> OFF = Set.of("off", "false");

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Environment environment = context.getEnvironment();
		boolean ui = environment.getProperty(UI, Boolean.class, false)
				&& environment.getProperty(UI_RESUME, Boolean.class, false);
		boolean matches = ui || !OFF.contains(environment.getProperty(MODE, "off").toLowerCase());
		ConditionMessage message = ConditionMessage.forCondition("Resumable streams")
			.because(MODE + " or " + UI_RESUME + (matches ? " is set" : " is not set"));
		return new ConditionOutcome(matches, message);
	}

}
