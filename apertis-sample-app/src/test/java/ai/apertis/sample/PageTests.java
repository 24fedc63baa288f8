package ai.apertis.sample;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

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

	private static final String TEXT = "article:last-of-type .text";

	private static final String OUTCOME = "article:last-of-type .outcome";

	private static final String PROBLEM = "article:last-of-type .problem";

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
		browser.awaitText("#mode", "Simulated gateway: no API key, no model calls, no cost.");
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
		assertThat(browser.text("article:last-of-type .input")).isEqualTo("17");
		assertThat(browser.text("article:last-of-type .output")).isEqualTo("1230");
		assertThat(browser.text("article:last-of-type .first")).matches("[\\d.]+ m?s");
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
		browser.awaitCondition("the answer has begun", () -> browser.text(TEXT).startsWith("on on"));
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
		assertThat(browser.text("article:last-of-type .again")).isEqualTo("Try again in 3600 s");
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
	void keepsTheAnswerInSightWhileItIsWritten() {
		for (int[] size : new int[][] { { 500, 844 }, { 768, 1024 }, { 1366, 800 } }) {
			browser.resize(size[0], size[1]);
			this.gateway.replyWith(
					Reply.stream().content("line\n\n".repeat(60)).content("the end").hold().finish("stop").done());
			ask("hello");
			browser.awaitCondition("the end has come", () -> browser.text(TEXT).endsWith("the end"));
			browser.awaitCondition("the end of the answer, its facts and the prompt are in sight, at " + size[0],
					() -> Boolean.TRUE.equals(browser.run("""
							const inSight = (element) => {
								const { top, bottom } = element.getBoundingClientRect();
								return bottom > top && top >= 0 && bottom <= innerHeight;
							};
							const article = document.querySelector('article:last-of-type');
							return [article.querySelector('.text').lastElementChild, article.querySelector('.facts'),
								document.getElementById('prompt'), document.getElementById('stop')].every(inSight)
								&& scrollY === 0 && document.documentElement.scrollWidth <= innerWidth;""")));
			this.gateway.release();
			browser.awaitText(OUTCOME, "completed");
			browser.awaitCondition("the facts are still in sight, above the line on earlier exchanges",
					() -> Boolean.TRUE.equals(browser.run("""
							const facts = document.querySelector('article:last-of-type .facts').getBoundingClientRect();
							const log = document.getElementById('conversation').getBoundingClientRect();
							return !document.getElementById('context').hidden && facts.bottom <= log.bottom + 1;""")));
		}
	}

	@Test
	void sendsNothingForABlankPrompt() {
		browser.type("#prompt", "   ");
		browser.click("#send");
		ask("hello");
		browser.awaitText(OUTCOME, "completed");
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void sendsEarlierTurnsAlongAndSaysSo() throws InterruptedException {
		this.gateway.replyWith(Reply.answer("One."), Reply.stream().content("Half").cut(), Reply.answer("Two."),
				Reply.answer("Three."));
		ask("first");
		browser.awaitText(OUTCOME, "completed");
		browser.awaitText("#context span", "Includes 1 earlier exchange.");
		ask("broken");
		browser.awaitText(OUTCOME, "interrupted");
		browser.awaitText("#context span", "Includes 1 earlier exchange.");
		ask("second");
		browser.awaitText(TEXT, "Two.");
		browser.awaitText("#context span", "Includes 2 earlier exchanges.");
		this.gateway.takeRequest();
		this.gateway.takeRequest();
		assertThat(this.gateway.takeRequest().body()).contains("[{\"role\":\"user\",\"content\":\"first\"},"
				+ "{\"role\":\"assistant\",\"content\":\"One.\"},{\"role\":\"user\",\"content\":\"second\"}]");
		browser.click("#forget");
		assertThat(browser.count("article")).isZero();
		ask("third");
		browser.awaitText(TEXT, "Three.");
		assertThat(this.gateway.takeRequest().body()).contains("[{\"role\":\"user\",\"content\":\"third\"}]");
	}

	@Test
	void stopsAStreamThatHasStalled() throws InterruptedException {
		this.gateway.replyWith(Reply.stream().content("Half").stall(), Reply.answer("Whole"));
		ask("go on");
		RecordedRequest request = this.gateway.takeRequest();
		browser.awaitText(TEXT, "Half");
		browser.awaitCondition("the silence is told",
				() -> browser.text("article:last-of-type .silence").startsWith("no data for "));
		browser.click("#stop");
		browser.awaitText(OUTCOME, "cancelled");
		assertThat(request.awaitClosed(Duration.ofSeconds(10))).isTrue();
		browser.click("article:last-of-type .again");
		browser.awaitText(TEXT, "Whole");
		assertThat(browser.count("article")).isEqualTo(1);
	}

	@Test
	void showsToolCalls() {
		this.gateway.replyWith(
				Reply.stream().toolCall(0, "c1", "weather", "{\"city\":", "\"Bern\"}").finish("tool_calls").done());
		ask("hello");
		browser.awaitText(OUTCOME, "completed");
		assertThat(browser.text("article:last-of-type .calls")).isEqualTo("weather({\"city\":\"Bern\"})");
	}

	@Test
	void rendersMarkdownSafely() {
		this.gateway.replyWith(Reply.answer(
				"# Title\n\n- **bold**\n- `code`\n\n|a|b|\n|-|-|\n|1|2|\n\n```js\nalert(1)\n```\n\n",
				"[page](https://example.org/) [evil](javascript:window.attacked=1) ![pixel](http://example.org/x.png) <b>raw</b>"));
		ask("hello");
		browser.awaitText(OUTCOME, "completed");
		for (String element : List.of("h1", "li strong", "li code", "table td", "pre code")) {
			assertThat(browser.count(TEXT + " " + element)).as(element).isPositive();
		}
		assertThat(browser.run("return [...document.querySelectorAll('article a')].map(a => a.href + a.rel).join()"))
			.isEqualTo("https://example.org/noopener noreferrer nofollow,"
					// an image is a link, and is not fetched
					+ "http://example.org/x.pngnoopener noreferrer nofollow");
		assertThat(browser.count("article img, article b")).isZero();
		assertThat(browser.text(TEXT)).contains("<b>raw</b>", "javascript:window.attacked=1");
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

	@Test
	void chatsInReactWithToolsOnBothSidesAndKeepsTheConversation() {
		openChat();
		this.gateway.replyWith(
				Reply.stream()
					.reasoning("Two tools")
					.content("Let me look.")
					.toolCall(0, "c1", "weather", "{\"name\":\"Bern\"}")
					.finish("tool_calls")
					.done(),
				Reply.stream().toolCall(0, "c2", "clock", "{}").finish("tool_calls").done(),
				Reply.stream().content("Rain").hold().content(" at noon.").finish("stop").usage(17, 1230).done());
		askInReact("What is it like in Bern?");
		browser.awaitCondition("the answer has begun", () -> "Rain".equals(browser
			.run("return [...document.querySelectorAll('article:last-of-type .said')].at(-1)?.textContent")));
		browser.awaitText("article:last-of-type .reasoning", "Two tools");
		browser.screenshot(Path.of("target", "screenshots", getClass().getSimpleName() + "-react-streaming.png"));
		this.gateway.release();
		browser.awaitText("article:last-of-type .outcome", "stop");
		assertThat(browser.text("article:last-of-type .call code")).isEqualTo("weather({\"name\":\"Bern\"})");
		assertThat(browser.text("article:last-of-type .call .result")).contains("\"sky\":\"rain\"");
		assertThat(browser.count("article")).isEqualTo(2);
		assertThat(browser.count("article:last-of-type .call")).isEqualTo(2);
		String conversation = browser.text("#conversation");
		assertThat(conversation).contains("Rain at noon.");
		browser.open("http://localhost:" + this.port + "/chat.html");
		browser.awaitText("#conversation", conversation);
		browser.screenshot(Path.of("target", "screenshots", getClass().getSimpleName() + "-react-reloaded.png"));
		assertThat(this.gateway.requests()).hasSize(3);
	}

	@Test
	void goesOnWithAnAnswerWhenThePageIsLoadedAgain() {
		long completed = total("completed");
		long output = total("output");
		this.gateway
			.replyWith(Reply.stream().content("One").hold().content(" by one").finish("stop").usage(17, 1230).done());
		ask("hello");
		browser.awaitText(TEXT, "One");
		browser.open("http://localhost:" + this.port + "/");
		browser.awaitText(TEXT, "One");
		browser.awaitText(OUTCOME, "streaming");
		browser.screenshot(Path.of("target", "screenshots", getClass().getSimpleName() + "-resumed.png"));
		this.gateway.release();
		browser.awaitText(TEXT, "One by one");
		browser.awaitText(OUTCOME, "completed");
		assertThat(browser.text("article:last-of-type .output")).isEqualTo("1230");
		awaitTotal("completed", completed + 1);
		awaitTotal("output", output + 1230);
		browser.open("http://localhost:" + this.port + "/");
		browser.awaitText("#mode", "Simulated gateway: no API key, no model calls, no cost.");
		assertThat(browser.count("article")).isZero();
		assertThat(this.gateway.requests()).hasSize(1);
	}

	@Test
	void goesOnWithAnAnswerInReactWhenThePageIsLoadedAgain() {
		openChat();
		this.gateway.replyWith(Reply.stream().toolCall(0, "c2", "clock", "{}").finish("tool_calls").done(),
				Reply.stream().content("Rain").hold().content(" at noon.").finish("stop").usage(17, 1230).done());
		askInReact("What is it like in Bern?");
		browser.awaitText("article:last-of-type .said", "Rain");
		browser.open("http://localhost:" + this.port + "/chat.html");
		browser.awaitText("article:last-of-type .said", "Rain");
		assertThat(browser.count("article")).isEqualTo(2);
		browser.screenshot(Path.of("target", "screenshots", getClass().getSimpleName() + "-react-resumed.png"));
		this.gateway.release();
		browser.awaitText("article:last-of-type .said", "Rain at noon.");
		browser.awaitText("article:last-of-type .outcome", "stop");
		// what the message had before the answer is in the conversation that was saved
		browser.open("http://localhost:" + this.port + "/chat.html");
		browser.awaitCondition("the call is there", () -> browser.count("article:last-of-type .call") == 1);
		assertThat(browser.text("#conversation")).contains("Rain at noon.");
		assertThat(this.gateway.requests()).hasSize(2);
	}

	@Test
	void showsInReactWhatGoesWrong() {
		openChat();
		this.gateway.replyWith(Reply.stream().content("Half an").cut(), Reply.answer("Whole"));
		askInReact("hello");
		browser.awaitCondition("the failure is told",
				() -> browser.text("#conversation [role=alert]").contains("cut off"));
		assertThat(browser.text("article:last-of-type .said")).isEqualTo("Half an");
		browser.click("[role=alert] button");
		browser.awaitText("article:last-of-type .said", "Whole");
		assertThat(browser.count("article")).isEqualTo(2);
	}

	@Test
	void stopsInReact() throws InterruptedException {
		openChat();
		this.gateway.replyWith(Reply.stream().repeat("on ", 100_000, Duration.ofMillis(20)));
		askInReact("go on");
		RecordedRequest request = this.gateway.takeRequest();
		browser.awaitCondition("the answer has begun",
				() -> browser.text("article:last-of-type .said").startsWith("on on"));
		browser.click("#stop");
		assertThat(request.awaitClosed(Duration.ofSeconds(10))).isTrue();
		browser.awaitCondition("the page is ready", () -> browser.count("main[data-status=ready]") == 1);
	}

	private void openChat() {
		browser.run("sessionStorage.clear()");
		browser.open("http://localhost:" + this.port + "/chat.html");
		browser.awaitCondition("the page is there", () -> browser.count("main[data-status=ready]") == 1);
	}

	private static void askInReact(String prompt) {
		browser.retype("#prompt", prompt);
		browser.click("#send");
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
