package ai.apertis;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * Which package may know which: the data flows one way only.
 */
class ArchitectureTests {

	private static final JavaClasses MAIN = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.withImportOption((location) -> !location.contains("/apertis-test") && !location.contains("/test-classes/"))
		.importPackages("ai.apertis");

	@Test
	void packagesHaveNoCycles() {
		slices().matching("ai.apertis.(**)").should().beFreeOfCycles().check(MAIN);
	}

	@Test
	void onlyAutoConfigurationKnowsSpringBoot() {
		noClasses().that()
			.resideOutsideOfPackage("ai.apertis.autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.springframework.boot..")
			.check(MAIN);
	}

	@Test
	void thePassThroughDoesNotKnowItsAutoConfiguration() {
		noClasses().that()
			.resideInAPackage("ai.apertis.passthrough..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("ai.apertis.autoconfigure..")
			.check(MAIN);
	}

	@Test
	void whatAnApplicationImplementsDoesNotNeedTheRoomsOfThePassThrough() {
		noClasses().that()
			.resideInAPackage("ai.apertis.passthrough")
			.should()
			.dependOnClassesThat(resideInAPackage("ai.apertis..").and(not(resideInAPackage("ai.apertis.passthrough"))))
			.check(MAIN);
	}

	@Test
	void thePassThroughIsLayered() {
		layeredArchitecture().consideringOnlyDependenciesInLayers()
			.layer("stack")
			.definedBy("ai.apertis.passthrough.servlet", "ai.apertis.passthrough.reactive")
			.layer("exchange")
			.definedBy("ai.apertis.passthrough.exchange")
			.layer("route")
			.definedBy("ai.apertis.passthrough.route")
			.layer("delivery")
			.definedBy("ai.apertis.passthrough.delivery")
			.layer("limit")
			.definedBy("ai.apertis.passthrough.limit")
			.layer("format")
			.definedBy("ai.apertis.passthrough.format")
			.whereLayer("stack")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("exchange")
			.mayOnlyBeAccessedByLayers("stack")
			.whereLayer("route")
			.mayOnlyBeAccessedByLayers("exchange", "stack")
			.whereLayer("delivery")
			.mayOnlyBeAccessedByLayers("exchange", "stack")
			.whereLayer("limit")
			.mayOnlyBeAccessedByLayers("exchange")
			.whereLayer("format")
			.mayOnlyBeAccessedByLayers("route", "delivery", "exchange", "stack")
			.check(MAIN);
	}

	@Test
	void onlyTheStacksKnowAWebStack() {
		noClasses().that()
			.resideInAPackage("ai.apertis.passthrough..")
			.and()
			.resideOutsideOfPackages("ai.apertis.passthrough.servlet", "ai.apertis.passthrough.reactive")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("jakarta.servlet..", "org.springframework.web..", "reactor.netty..")
			.check(MAIN);
	}

	@Test
	void theOptionsOfCallsAreALeaf() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.call")
			.should()
			.dependOnClassesThat(resideInAPackage("ai.apertis..").and(not(
					resideInAnyPackage("ai.apertis.client.call", "ai.apertis.client.error", "ai.apertis.client.wire"))))
			.check(MAIN);
	}

	@Test
	void theFramingKnowsNeitherJsonNorWhatEventsMean() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.sse")
			.should()
			.dependOnClassesThat(resideInAnyPackage("ai.apertis..", "tools.jackson..")
				.and(not(resideInAnyPackage("ai.apertis.client.sse", "ai.apertis.client.error"))))
			.check(MAIN);
	}

	@Test
	void theStreamKnowsNoProtocol() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.stream")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("ai.apertis.client", "ai.apertis.client.protocol", "ai.apertis.client.chat",
					"ai.apertis.client.upstream")
			.check(MAIN);
	}

	@Test
	void theProtocolsKnowNoHttp() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.protocol")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("ai.apertis.client.upstream", "ai.apertis.client.connection", "org.springframework..",
					"reactor..", "io.netty..")
			.check(MAIN);
	}

	@Test
	void theExchangeWithTheGatewayKnowsNoProtocol() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.upstream")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("ai.apertis.client", "ai.apertis.client.protocol", "ai.apertis.client.chat")
			.check(MAIN);
	}

	@Test
	void whatAUserTouchesDoesNotNeedTheInnerRooms() {
		noClasses().that()
			.resideInAnyPackage("ai.apertis.client.call", "ai.apertis.client.chat", "ai.apertis.client.error",
					"ai.apertis.client.metadata", "ai.apertis.client.schema")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("ai.apertis.client.sse", "ai.apertis.client.stream", "ai.apertis.client.protocol",
					"ai.apertis.client.upstream", "ai.apertis.client.connection")
			.check(MAIN);
	}

	@Test
	void theWireModelKnowsNoHttp() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.chat")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "reactor..", "io.netty..")
			.check(MAIN);
	}

	@Test
	void theConnectionsKnowNothingOfWhatGoesThroughThem() {
		noClasses().that()
			.resideInAnyPackage("ai.apertis.client.connection", "ai.apertis.client.schema")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("ai.apertis.client", "ai.apertis.client.chat", "ai.apertis.client.sse",
					"ai.apertis.client.upstream")
			.check(MAIN);
	}

	@Test
	void onlyOneClassNeedsTheSchemaLibrary() {
		noClasses().that()
			.haveSimpleNameNotEndingWith("SchemaWriter")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("com.github.victools..")
			.check(MAIN);
	}

	@Test
	void theObservationDoesNotKnowTheClient() {
		noClasses().that()
			.resideInAPackage("ai.apertis.client.observation")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("ai.apertis.client", "ai.apertis.client.upstream")
			.check(MAIN);
	}

	@Test
	void noTypeIsNamedAfterNothing() {
		classes().should().haveSimpleNameNotEndingWith("Util").check(MAIN);
		classes().should().haveSimpleNameNotEndingWith("Helper").check(MAIN);
		classes().should().haveSimpleNameNotEndingWith("Manager").check(MAIN);
		classes().should().haveSimpleNameNotEndingWith("Impl").check(MAIN);
	}

}
