package ai.apertis.sample;

import java.nio.file.Path;
import java.time.Duration;

import ai.apertis.test.RecordedRequest;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page in a real browser, against the started sample.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
abstract class PageTests {

	private static final String TEXT = "article:first-child .text";

	private static final String OUTCOME = "article:first-child .outcome";

	private static final String PROBLEM = "article:first-child .problem";

	private static Browser browser;

	@Autowired
	private SimulatedGateway gateway;

	@LocalServerPort
	private int port;

	@BeforeAll
	static void startBrowser() {
		browser = Browser.start();
	}

	@AfterAll
	static void stopBrowser() {
		if (browser != null) {
			browser.close();
		}
	}

	@BeforeEach
	void openPage() {
		this.gateway.reset();
		browser.open("http://localhost:" + this.port + "/");
		browser.awaitText("#mode", "Simulated gateway: no key is set, no model is asked, nothing is paid for.");
	}

	@Test
	void showsTokensAsTheyComeAndCountsThem() {
		long input = total("input");
		long output = total("output");
		long completed = total("completed");
		this.gateway.replyWith(Reply.stream()
			.content("One")
			.hold()
			.content(" by")
			.hold()
			.content(" one")
			.finish("stop")
			.usage(17, 1230)
			.done());
		ask("hello");
		browser.awaitText(TEXT, "One");
		browser.awaitText(OUTCOME, "streaming");
		browser.screenshot(Path.of("target", "screenshots", getClass().getSimpleName() + "-streaming.png"));
		this.gateway.release();
		browser.awaitText(TEXT, "One by");
		this.gateway.release();
		browser.awaitText(TEXT, "One by one");
		browser.awaitText(OUTCOME, "completed");
		assertThat(browser.text("article:first-child .input")).isEqualTo("17");
		assertThat(browser.text("article:first-child .output")).isEqualTo("1230");
		assertThat(browser.text("article:first-child .first")).matches("[\\d.]+ m?s");
		awaitTotal("input", input + 17);
		awaitTotal("output", output + 1230);
		awaitTotal("completed", completed + 1);
	}

	@Test
	void closesTheConnectionToTheGatewayWhenStopped() throws InterruptedException {
		long cancelled = total("cancelled");
		this.gateway.replyWith(Reply.stream().repeat("on ", 100_000, Duration.ofMillis(20)));
		ask("go on");
		RecordedRequest request = this.gateway.takeRequest();
		browser.awaitText(OUTCOME, "streaming");
		browser.click("#stop");
		browser.awaitText(OUTCOME, "cancelled");
		assertThat(request.awaitClosed(Duration.ofSeconds(10))).isTrue();
		assertThat(browser.text(TEXT)).startsWith("on on");
		awaitTotal("cancelled", cancelled + 1);
	}

	@Test
	void showsAnErrorInMidStreamAsAnError() {
		long failed = total("failed");
		this.gateway.replyWith(
				Reply.stream().content("Half an").errorEvent("server_error", "upstream_error", "The provider is gone"));
		ask("hello");
		browser.awaitText(OUTCOME, "failed");
		browser.awaitText(PROBLEM, "The provider is gone");
		assertThat(browser.text(TEXT)).isEqualTo("Half an");
		awaitTotal("failed", failed + 1);
	}

	@Test
	void showsAStreamThatIsCutAsInterrupted() {
		long interrupted = total("interrupted");
		this.gateway.replyWith(Reply.stream().content("Half an").cut());
		ask("hello");
		browser.awaitText(OUTCOME, "interrupted");
		assertThat(browser.text(PROBLEM)).isEqualTo("The answer of the language model was cut off");
		assertThat(browser.text(TEXT)).isEqualTo("Half an");
		awaitTotal("interrupted", interrupted + 1);
	}

	@Test
	void showsAnErrorBeforeTheStream() {
		this.gateway.replyWith(Reply.error(429, "rate_limit_error", "rate_limit_exceeded", "Slow down, please")
			.header("Retry-After", "3600"));
		ask("hello");
		browser.awaitText(OUTCOME, "failed");
		browser.awaitText(PROBLEM, "Slow down, please");
	}

	@Test
	void takesAnEmptyErrorObjectForNoError() {
		this.gateway.replyWith(Reply.stream().event("", """
				{"choices":[{"index":0,"delta":{"content":"fine"},"finish_reason":"stop"}],\
				"error":{"message":"","type":"","param":"","code":null}}""").done());
		ask("hello");
		browser.awaitText(OUTCOME, "completed");
		browser.awaitText(TEXT, "fine");
	}

	@Test
	void showsWhatTheModelSaysAsTextOnly() {
		String attack = "<img src=x onerror=\"window.attacked=true\"><script>window.attacked=true</script>";
		this.gateway.replyWith(Reply.answer(attack));
		ask("hello");
		browser.awaitText(OUTCOME, "completed");
		assertThat(browser.text(TEXT)).isEqualTo(attack);
		assertThat(browser.count("article img, article script")).isZero();
		assertThat(browser.run("return window.attacked")).isNull();
	}

	@Test
	void showsThePanelOfTheApplicationsOwnMeters() {
		long answers = chartedAnswers();
		this.gateway.replyWith(Reply.stream().content("Hi").hold().finish("stop").usage(17, 1230).done(),
				Reply.stream().content("Half an").cut());
		ask("hello");
		browser.awaitText("#total-active", "1");
		this.gateway.release();
		browser.awaitText("#total-active", "0");
		ask("hello");
		browser.awaitText(OUTCOME, "interrupted");
		browser.awaitCondition("the interruption is among the failures",
				() -> browser.text("#failures").contains("StreamInterruptedExceptioninterrupted"));
		assertThat(browser.text("#tokens")).contains("gpt-4o-mini");
		assertThat(browser.text("#total-cost")).matches("[\\d.e-]+");
		assertThat(chartedAnswers()).isEqualTo(answers + 2);
		browser.screenshot(Path.of("target", "screenshots", getClass().getSimpleName() + "-panel.png"));
	}

	@Test
	void readsEveryFormOfAMeter() {
		Object read = browser
			.run("""
					return fetch('meters.js').then((response) => response.text()).then((source) => {
						const text = '# HELP a\\na 1.0\\nb{model="x\\\\"}\\\\\\\\",other="1",} 2e3\\nb{model="y",other="1"} NaN 17\\n';
						const url = URL.createObjectURL(new Blob([text]));
						return import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })))
							.then(({ readMeters }) => readMeters(url))
							.then((meters) => JSON.stringify([meters.sum('a'), [...meters.sumsBy('model', 'b')]]));
					});""");
		assertThat(read).isEqualTo("[1,[[\"x\\\"}\\\\\",2000],[\"y\",null]]]");
	}

	@Test
	void needsNoFileFromAnotherHost() {
		assertThat(browser.run("return performance.getEntriesByType('resource')"
				+ ".map(entry => new URL(entry.name).host).filter(host => host !== location.host).length"))
			.isEqualTo(0L);
	}

	private static void ask(String prompt) {
		browser.type("#prompt", prompt);
		browser.click("#send");
	}

	private static long chartedAnswers() {
		return (Long) browser.run("return Chart.getChart('first-chunks').data.datasets[0].data"
				+ ".reduce((sum, count) => sum + count, 0)");
	}

	private static long total(String name) {
		return Long.parseLong(browser.text("#total-" + name).replace(",", ""));
	}

	private static void awaitTotal(String name, long value) {
		browser.awaitText("#total-" + name, String.format(java.util.Locale.ENGLISH, "%,d", value));
	}

}
