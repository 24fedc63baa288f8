package ai.apertis.passthrough;

import org.springframework.boot.WebApplicationType;

/**
 * The contract of the pass-through on Spring WebFlux.
 */
class ReactivePassThroughTests extends PassThroughContractTests {

	ReactivePassThroughTests() {
		super(WebApplicationType.REACTIVE);
	}

}
