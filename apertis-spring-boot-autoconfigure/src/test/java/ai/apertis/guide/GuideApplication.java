package ai.apertis.guide;

import ai.apertis.autoconfigure.ApertisConnectionDetails;
import ai.apertis.test.SimulatedGateway;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.context.annotation.PropertySource;

/**
 * The application of the documentation's examples.
 */
@SpringBootConfiguration
@EnableAutoConfiguration(excludeName = {
		"org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration",
		"org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration",
		"org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration",
		"org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration",
		"org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
		"org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration" })
@PropertySource("classpath:guide.properties")
@Import(GuideApplication.WithoutKey.class)
class GuideApplication {

	@Configuration
	@Profile("without-key")
	static class WithoutKey {

		@Bean
		SimulatedGateway gateway() {
			return SimulatedGateway.startTalkative();
		}

		@Bean
		ApertisConnectionDetails connectionDetails(SimulatedGateway gateway) {
			return ApertisConnectionDetails.of(gateway.baseUrl(), "none");
		}

	}

}
