package ai.apertis.passthrough;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.devtools.restart.Restarter;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application that is developed: it can be told to restart, and writes each port that
 * it has to a file.
 */
@Configuration(proxyBeanMethods = false)
@Import(TestApplication.Open.class)
class DevtoolsApplication {

	static final String RESTART = "/restart";

	static final String FOLDER = "test.folder";

	public static void main(String[] args) {
		SpringApplication.run(DevtoolsApplication.class, args);
	}

	@Bean
	PortFile portFile(Environment environment) {
		return new PortFile(Path.of(environment.getRequiredProperty(FOLDER)));
	}

	@RestController
	static class RestartController {

		@PostMapping(RESTART)
		void restart() {
			new Thread(() -> Restarter.getInstance().restart()).start();
		}

	}

	record PortFile(Path folder) {

		@EventListener
		void started(WebServerInitializedEvent event) throws IOException {
			Path file = this.folder.resolve("port-1");
			Files.writeString(Files.exists(file) ? this.folder.resolve("port-2") : file,
					Integer.toString(event.getWebServer().getPort()));
		}

	}

}
