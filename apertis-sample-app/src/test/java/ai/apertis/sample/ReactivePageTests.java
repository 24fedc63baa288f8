package ai.apertis.sample;

import org.springframework.test.context.TestPropertySource;

/**
 * The page of the sample on Spring WebFlux.
 */
@TestPropertySource(properties = "spring.main.web-application-type=reactive")
class ReactivePageTests extends PageTests {

}
