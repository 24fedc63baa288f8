package ai.apertis.passthrough;

import org.springframework.boot.WebApplicationType;

/**
 * The contract of the pass-through on Spring MVC.
 */
class ServletPassThroughTests extends PassThroughContractTests {

	ServletPassThroughTests() {
		super(WebApplicationType.SERVLET);
	}

}
