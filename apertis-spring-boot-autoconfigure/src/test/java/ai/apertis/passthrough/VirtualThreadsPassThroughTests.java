package ai.apertis.passthrough;

import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.boot.WebApplicationType;

/**
 * The contract of the pass-through on Spring MVC with virtual threads.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsPassThroughTests extends PassThroughContractTests {

	VirtualThreadsPassThroughTests() {
		super(WebApplicationType.SERVLET, "spring.threads.virtual.enabled=true");
	}

}
