package ai.apertis.sample;

import java.util.List;

import ai.apertis.test.SimulatedGateway;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Serves the settings of the page.
 */
@RestController
class PageController {

	private final Page page;

	PageController(@Value("${sample.models}") List<String> models,
			@Value("${sample.simulated-models}") List<String> simulatedModels,
			ObjectProvider<SimulatedGateway> simulatedGateway) {
		boolean simulated = simulatedGateway.getIfAvailable() != null;
		this.page = new Page(simulated, models, simulated ? simulatedModels : List.of());
	}

	@GetMapping(path = "/page.json", produces = MediaType.APPLICATION_JSON_VALUE)
	Page page() {
		return this.page;
	}

	/**
	 * What the page shows.
	 */
	record Page(boolean simulated, List<String> models, List<String> simulatedModels) {
	}

}
