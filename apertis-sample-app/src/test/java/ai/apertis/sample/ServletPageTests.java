package ai.apertis.sample;

/**
 * The page of the sample on Spring MVC.
 */
class ServletPageTests extends PageTests {

}
