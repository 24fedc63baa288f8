package ai.apertis.sample;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.WebDriverWait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A real Chromium without a window.
 */
final class Browser implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final ChromeDriver driver;

	private Browser(Path chromium, Path driver) {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(chromium.toFile());
		options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--window-size=1100,900");
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(driver.toFile())
			.usingAnyFreePort()
			.build();
		this.driver = new ChromeDriver(service, options);
	}

	/**
	 * Start a browser. Where none is installed the test is skipped, but never on the
	 * build server.
	 */
	static Browser start() {
		Optional<Path> chromium = find("chromium", "chromium-browser", "google-chrome");
		Optional<Path> driver = find("chromedriver");
		boolean installed = chromium.isPresent() && driver.isPresent();
		if (System.getenv("CI") != null) {
			assertThat(installed).as("Chromium and chromedriver are installed on the build server").isTrue();
		}
		assumeTrue(installed, "Skipped: no Chromium with chromedriver is on the PATH");
		return new Browser(chromium.orElseThrow(), driver.orElseThrow());
	}

	private static Optional<Path> find(String... names) {
		String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
		return Arrays.stream(names)
			.flatMap((name) -> Arrays.stream(path.split(File.pathSeparator)).map((folder) -> Path.of(folder, name)))
			.filter(Files::isExecutable)
			.findFirst();
	}

	void resize(int width, int height) {
		this.driver.manage().window().setSize(new Dimension(width, height));
	}

	void open(String url) {
		this.driver.get(url);
	}

	void type(String selector, String text) {
		this.driver.findElement(By.cssSelector(selector)).clear();
		this.driver.findElement(By.cssSelector(selector)).sendKeys(text);
	}

	/**
	 * As somebody would who selects the text that is there.
	 */
	void retype(String selector, String text) {
		this.driver.findElement(By.cssSelector(selector)).sendKeys(Keys.chord(Keys.CONTROL, "a"), text);
	}

	void click(String selector) {
		this.driver.findElement(By.cssSelector(selector)).click();
	}

	String text(String selector) {
		Object text = this.driver.executeScript("return document.querySelector(arguments[0])?.textContent ?? ''",
				selector);
		return String.valueOf(text);
	}

	int count(String selector) {
		return this.driver.findElements(By.cssSelector(selector)).size();
	}

	Object run(String script) {
		return ((JavascriptExecutor) this.driver).executeScript(script);
	}

	void awaitText(String selector, String text) {
		new WebDriverWait(this.driver, PATIENCE)
			.withMessage(() -> "'" + selector + "' has the text '" + text(selector) + "', not '" + text + "'")
			.until((driver) -> text(selector).equals(text));
	}

	void awaitCondition(String expectation, BooleanSupplier condition) {
		new WebDriverWait(this.driver, PATIENCE).withMessage(() -> "not so in the page: " + expectation)
			.until((driver) -> condition.getAsBoolean());
	}

	void screenshot(Path file) {
		try {
			Files.createDirectories(file.getParent());
			Files.write(file, this.driver.getScreenshotAs(OutputType.BYTES));
		}
		catch (java.io.IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
