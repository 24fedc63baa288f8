package ai.apertis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The documentation says what is.
 */
class DocumentationTests {

	private static final Path DOCS = Path.of("..", "docs");

	@Test
	void everyBlockOfJavaStandsInATest() throws IOException {
		String tests = squeeze(sources(Path.of("src", "test", "java")));
		for (String page : List.of("pass-through.md", "ui.md", "guide.md")) {
			List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
				.matcher(Files.readString(DOCS.resolve(page)))
				.results()
				.map((block) -> squeeze(block.group(1)))
				.toList();
			assertThat(blocks).as(page).hasSizeGreaterThan(2).allSatisfy((block) -> assertThat(tests).contains(block));
		}
	}

	@Test
	void theTableOfLimitsHasEachPropertyWithItsDefault() throws IOException {
		String table = Files.readString(DOCS.resolve("pass-through.md")) + Files.readString(DOCS.resolve("ui.md"))
				+ Files.readString(DOCS.resolve("resume.md"));
		try (var metadata = new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
			for (JsonNode property : JsonMapper.shared().readTree(metadata).path("properties")) {
				String name = property.path("name").asString();
				if (name.startsWith("apertis.pass-through.")) {
					String row = Pattern.compile("\n\\| [^|]*`" + Pattern.quote(name.substring(21)) + "`.*")
						.matcher(table)
						.results()
						.map((match) -> match.group())
						.findFirst()
						.orElse("");
					assertThat(row).as(name).startsWith("\n| ");
					String value = property.path("defaultValue").asString("");
					// lists are written one by one
					if (!value.isEmpty() && !value.startsWith("[")) {
						assertThat(row).as(name).contains("`" + value + "`");
					}
				}
			}
		}
	}

	@Test
	void theDashboardAndTheAlertsAskForMetersThatThereAre() throws IOException {
		String meters = Files.readString(DOCS.resolve("observability.md"));
		Path folder = Path.of("..", "observability");
		String queries = Files.readString(folder.resolve("dashboard.json"))
				+ Files.readString(folder.resolve("alerts.yaml"));
		List<String> names = Pattern.compile("\\b(?:gen_ai_client|apertis)_[a-z_]+")
			.matcher(queries)
			.results()
			.map((name) -> name.group().replaceAll("(_seconds)?(_bucket|_count|_sum)$|_total$|_bytes$", ""))
			.distinct()
			.toList();
		List<String> documented = Pattern.compile("\n\\| `([a-z_.-]+)` \\| (?:timer|counter|gauge)")
			.matcher(meters)
			.results()
			.map((row) -> row.group(1).replaceAll("[.-]", "_"))
			.toList();
		assertThat(names).hasSizeGreaterThan(12).isSubsetOf(documented);
	}

	@Test
	void everyPropertyOfWhatIsSeenIsDocumented() throws IOException {
		String page = Files.readString(DOCS.resolve("observability.md"));
		try (var metadata = new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream()) {
			List<String> names = JsonMapper.shared()
				.readTree(metadata)
				.path("properties")
				.valueStream()
				.map((property) -> property.path("name").asString())
				.filter((name) -> name.startsWith("apertis.metrics.") || name.startsWith("apertis.health."))
				.toList();
			assertThat(names).hasSizeGreaterThan(7).allSatisfy((name) -> assertThat(page).contains("`" + name));
		}
	}

	private static String sources(Path folder) throws IOException {
		StringBuilder all = new StringBuilder();
		try (Stream<Path> files = Files.walk(folder)) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".java")).toList()) {
				all.append(Files.readString(file, StandardCharsets.UTF_8));
			}
		}
		return all.toString();
	}

	private static String squeeze(String code) {
		return code.replaceAll("\\s+|\\bthis\\.|\\bstatic (?=class|record)", "");
	}

}
