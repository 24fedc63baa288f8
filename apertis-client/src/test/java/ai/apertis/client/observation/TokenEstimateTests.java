package ai.apertis.client.observation;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import ai.apertis.client.ApertisClient;
import ai.apertis.client.ApertisClientBuilder;
import ai.apertis.client.call.RetryPolicy;
import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.Usage;
import ai.apertis.client.error.ApertisException;
import ai.apertis.client.error.StreamTimeoutException;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.test.Reply;
import ai.apertis.test.SimulatedGateway;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What is counted where the gateway tells no usage, held against OpenAI's tokenizer.
 */
class TokenEstimateTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final Encoding ENCODING = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

	private final List<ChatObservationContext> ended = new ArrayList<>();

	private SimulatedGateway gateway;

	@BeforeEach
	void start() {
		this.gateway = SimulatedGateway.start();
	}

	@AfterEach
	void stop() {
		this.gateway.close();
	}

	static Stream<Arguments> streams() {
		return Stream.of(Text.values())
			.flatMap((text) -> Stream.of(1, 5, 40)
				.flatMap((size) -> Stream.of(false, true).map((exact) -> arguments(text, size, exact))));
	}

	@ParameterizedTest(name = "{0}, {1} tokens a chunk, with a tokenizer: {2}")
	@MethodSource("streams")
	void isNearTheTruthOfAStream(Text text, int size, boolean exact) {
		for (String member : new String[] { "content", "reasoning" }) {
			this.gateway.replyWith(reply(member, text.pieces(size)));
			answered(client(exact)).forEach((usage) -> assertNear(usage.outputTokens(), text.tokens(), exact));
		}
	}

	private static Reply reply(String member, List<String> pieces) {
		Reply reply = Reply.stream();
		for (String piece : pieces) {
			reply = member.equals("content") ? reply.content(piece) : reply.reasoning(piece);
		}
		return reply.finish("stop").done();
	}

	@ParameterizedTest
	@EnumSource
	void isNearTheTruthOfToolCalls(Text text) {
		for (boolean exact : new boolean[] { false, true }) {
			this.gateway.replyWith(Reply.stream()
				.toolCall(0, "call_0123456789", "f", text.pieces(5).toArray(String[]::new))
				.finish("tool_calls")
				.done());
			answered(client(exact)).forEach((usage) -> assertNear(usage.outputTokens(), text.tokens() + 1, exact));
		}
	}

	@ParameterizedTest
	@EnumSource
	void isNearTheTruthOfAWholeAnswer(Text text) {
		for (boolean exact : new boolean[] { false, true }) {
			this.gateway.replyWith(Reply.json(200, """
					{"id":"c","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop",\
					"message":{"role":"assistant","content":%s}}]}""".formatted(quoted(text.text))));
			client(exact).chat("hi").call().block(LIMIT);
			assertNear(last().outputTokens(), text.tokens(), exact);
		}
	}

	@Test
	void readsNoTwoChoicesAsOne() {
		for (boolean exact : new boolean[] { false, true }) {
			Reply reply = Reply.stream();
			List<String> english = Text.ENGLISH.pieces(5);
			List<String> code = Text.CODE.pieces(5);
			for (int i = 0; i < Math.max(english.size(), code.size()); i++) {
				reply = reply.raw(chunk(0, (i < english.size()) ? english.get(i) : ""))
					.raw(chunk(1, (i < code.size()) ? code.get(i) : ""));
			}
			for (int choice = 0; choice < 2; choice++) {
				reply = reply.event("",
						"{\"choices\":[{\"index\":" + choice + ",\"delta\":{},\"finish_reason\":\"stop\"}]}");
			}
			this.gateway.replyWith(reply.done());
			client(exact).chat(ChatCompletionRequest.builder().user("hi").parameter("n", 2).build())
				.completion()
				.block(LIMIT);
			assertNear(last().outputTokens(), Text.ENGLISH.tokens() + Text.CODE.tokens(), exact);
		}
	}

	@Test
	void showsNoTokenizerALongText() {
		List<Integer> counted = new ArrayList<>();
		String answer = "x".repeat(100_000);
		this.gateway.replyWith(Reply.stream().content(answer, answer).finish("stop").done());
		ApertisClient apertis = builder((text, model) -> {
			counted.add(text.length());
			return text.length();
		}).build();
		apertis.chat("y".repeat(50_000)).completion().block(LIMIT);
		assertThat(counted).hasSizeGreaterThan(2)
			.allSatisfy((length) -> assertThat(length).isLessThanOrEqualTo(SampledTokens.MAX_WHOLE));
		assertThat(last().outputTokens()).isEqualTo(200_000);
		assertThat(last().inputTokens()).isCloseTo(50_000, Percentage.withPercentage(1));
	}

	private static String chunk(int choice, String content) {
		return "data: {\"choices\":[{\"index\":" + choice + ",\"delta\":{\"content\":" + quoted(content)
				+ "},\"finish_reason\":null}]}\n\n";
	}

	@Test
	void countsWhatHasComeSinceTheUsageWasTold() {
		List<String> pieces = Text.ENGLISH.pieces(5);
		Reply begun = Reply.stream()
			.raw("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"}}],"
					+ "\"usage\":{\"prompt_tokens\":77,\"completion_tokens\":1}}\n\n");
		this.gateway.replyWith(begun.content(pieces.toArray(String[]::new)).cut(),
				Reply.stream().content(pieces.toArray(String[]::new)).usage(77, 4321).cut());
		assertThatExceptionOfType(ApertisException.class)
			.isThrownBy(() -> client(false).chat("hi").content().blockLast(LIMIT));
		assertThat(last().inputTokens()).isEqualTo(77);
		assertNear(last().outputTokens(), Text.ENGLISH.tokens() + 1, false);
		assertThatExceptionOfType(ApertisException.class)
			.isThrownBy(() -> client(false).chat("hi").content().blockLast(LIMIT));
		assertThat(last().outputTokens()).isEqualTo(4321);
	}

	@ParameterizedTest
	@EnumSource
	void isNearTheTruthOfAPrompt(Text text) {
		for (boolean exact : new boolean[] { false, true }) {
			this.gateway.replyWith(Reply.answer("ok"));
			client(exact).chat(ChatCompletionRequest.builder().system("You are a help.").user(text.text).build())
				.completion()
				.block(LIMIT);
			// four for each message and three before the answer
			assertNear(last().inputTokens(), text.tokens() + ENCODING.countTokens("You are a help.") + 11, exact);
		}
	}

	@Test
	void takesNoMediaForText() {
		String base64 = "iVBORw0KGgo".repeat(100_000);
		assertThat(prompt("""
				{"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}}""".formatted(base64)))
			.isCloseTo(775, Percentage.withPercentage(5));
		assertThat(prompt("""
				{"type":"image_url","image_url":{"url":"https://x.example/y.png","detail":"low"}}""")).isCloseTo(95,
				Percentage.withPercentage(5));
		assertThat(prompt("{\"type\":\"text\",\"text\":\"x\",\"detail\":\"low\"},".repeat(500) + "{}")).isPositive();
		// ten seconds of 24 kHz
		String wave = "UklGR" + "A".repeat(639_995);
		assertThat(prompt("""
				{"type":"input_audio","input_audio":{"data":"%s","format":"wav"}}""".formatted(wave))).isCloseTo(110,
				Percentage.withPercentage(5));
		assertThat(prompt("""
				{"type":"file","file":{"filename":"a.pdf","file_data":"%s"}}"""
			.formatted("JVBER" + "A".repeat(67_995)))).isCloseTo(807, Percentage.withPercentage(5));
		// a text has more in it
		assertThat(prompt("""
				{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,%s"}}"""
			.formatted("A".repeat(68_000)))).isCloseTo(12_760, Percentage.withPercentage(5));
	}

	private static long tokens(String json) {
		return PromptTokens.of(ChatCompletionsApi.request(null, 1, true, json.getBytes(StandardCharsets.UTF_8)), null);
	}

	private static long prompt(String part) {
		String json = """
				{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},%s]}]}"""
			.formatted(part);
		return tokens(json);
	}

	/** What OpenAI bills. */
	@Test
	void countsTheFrameOfEachMessage() {
		assertThat(tokens("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")).isEqualTo(8);
		String message = "{\"role\":\"user\",\"content\":\"hi\"},";
		assertThat(tokens("{\"messages\":[" + message.repeat(9) + "{\"role\":\"user\",\"content\":\"hi\"}]}"))
			.isBetween(52L, 54L);
	}

	@Test
	void countsToolsAndCallsOfAConversation() {
		String json = """
				{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_0123456789abcdef",
				"type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]},
				{"role":"tool","tool_call_id":"call_0123456789abcdef","content":"sunny"}],"tools":[{"type":"function",
				"function":{"name":"weather","description":"Tells the weather","parameters":{"type":"object","properties":
				{"city":{"type":"string"}}}}}]}""";
		assertThat(tokens(json)).isBetween(45L, 65L);
		assertThat(tokens("no JSON")).isEqualTo(2);
		assertThat(tokens("{\"messages\":7}")).isZero();
	}

	@Test
	void billsThePromptOfWhatWasGivenUp() {
		this.gateway.replyWith(Reply.never(), Reply.stream().cut(), Reply.error(400, "t", "c", "m"));
		ApertisClient impatient = builder(false)
			.streamLimits(new StreamLimits(Duration.ofMillis(300), LIMIT, null, null, 1024, true))
			.build();
		assertThatExceptionOfType(StreamTimeoutException.class)
			.isThrownBy(() -> impatient.chat(Text.ENGLISH.text).content().blockLast(LIMIT));
		assertNear(last().inputTokens(), Text.ENGLISH.tokens() + 6, false);
		assertThat(last().outputTokens()).isZero();
		assertThatExceptionOfType(ApertisException.class)
			.isThrownBy(() -> impatient.chat(Text.ENGLISH.text).content().blockLast(LIMIT));
		assertNear(last().inputTokens(), Text.ENGLISH.tokens() + 6, false);
		int before = this.ended.size();
		assertThatExceptionOfType(ApertisException.class)
			.isThrownBy(() -> impatient.chat(Text.ENGLISH.text).content().blockLast(LIMIT));
		assertThat(this.ended.get(before).usage()).isNull();
	}

	private List<Usage> answered(ApertisClient apertis) {
		apertis.chat("hi").completion().block(LIMIT);
		return List.of(last());
	}

	private Usage last() {
		Usage usage = this.ended.get(this.ended.size() - 1).usage();
		assertThat(usage).isNotNull();
		return usage;
	}

	private static void assertNear(long tokens, long truth, boolean exact) {
		assertThat(tokens).isCloseTo(truth, Percentage.withPercentage(exact ? 3 : 15));
	}

	private static String quoted(String text) {
		return JsonMapper.shared().writeValueAsString(text);
	}

	private ApertisClient client(boolean exact) {
		return builder(exact).build();
	}

	private ApertisClientBuilder builder(boolean exact) {
		return builder(exact ? new JtokkitTokenEstimator() : null);
	}

	private ApertisClientBuilder builder(@Nullable TokenEstimator estimator) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new ObservationHandler<ChatObservationContext>() {

			@Override
			public void onStop(ChatObservationContext context) {
				TokenEstimateTests.this.ended.add(context);
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return context instanceof ChatObservationContext;
			}

		});
		return ApertisClient.builder()
			.baseUrl(this.gateway.baseUrl())
			.apiKey("key")
			.defaultModel("gpt-4o")
			.retryPolicy(new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO))
			.observations(new ChatObservations(registry, null, new ChatObservationSettings(estimator,
					ChatObservationSettings.DEFAULTS.capture(), RetryListener.NONE)));
	}

	/**
	 * Texts of several kinds, none of which the weights were made with.
	 */
	private enum Text {

		ENGLISH("""
				Lighthouses were once the only way to warn ships of dangerous rocks. Keepers lived beside them for months, \
				trimming wicks and polishing lenses every single night. When electricity reached the coast, most of the \
				towers were automated, and the last families moved away. Today volunteers look after many of these \
				buildings; some have become museums, others small hotels. If you ever get the chance, climb the narrow \
				stairs at dusk, when the lamp begins to turn. You'll understand why people wrote poems about them. \
				Here are three things to remember before you visit:

				1. Check the opening hours, because they change with the season.
				2. Wear warm clothes, even in July.
				3. Don't touch the lens: it's more than a hundred years old.
				"""),
		GERMAN("""
				Früher waren Leuchttürme die einzige Möglichkeit, Schiffe vor gefährlichen Felsen zu warnen. Die Wärter lebten \
				monatelang dort, putzten jede Nacht die Linsen und kürzten die Dochte. Als die Elektrizität die Küste \
				erreichte, wurden die meisten Türme automatisiert, und die letzten Familien zogen fort. Heute kümmern sich \
				Freiwillige um viele dieser Gebäude; manche sind Museen geworden, andere kleine Gasthäuser. Wer die \
				Gelegenheit hat, sollte in der Abenddämmerung die enge Wendeltreppe hinaufsteigen, wenn sich die Lampe zu \
				drehen beginnt. Öffnungszeiten und Eintrittspreise ändern sich je nach Jahreszeit, deshalb empfiehlt sich \
				eine Anfrage bei der zuständigen Gemeindeverwaltung.
				"""),
		CHINESE("""
				从前，灯塔是提醒船只避开危险礁石的唯一方法。守塔人往往要在那里住上好几个月，每天晚上擦拭镜片，修剪灯芯。\
				电力通到海边以后，大部分灯塔实现了自动化，最后一批家庭也搬走了。如今，许多灯塔由志愿者照看，有的变成了博物馆，\
				有的改成了小旅馆。如果有机会，请在黄昏时分沿着狭窄的楼梯爬上去，看灯光开始转动的那一刻。\
				参观之前请记住三件事：第一，开放时间会随季节变化；第二，即使在七月也要穿暖和的衣服；第三，不要触摸镜片。
				"""), CODE("""
				public final class Inventory {

				    private final Map<String, Integer> stock = new ConcurrentHashMap<>();

				    public synchronized boolean reserve(String sku, int quantity) {
				        Integer available = this.stock.get(sku);
				        if (available == null || available < quantity) {
				            return false;
				        }
				        this.stock.put(sku, available - quantity);
				        return true;
				    }

				    public int total() {
				        return this.stock.values().stream().mapToInt(Integer::intValue).sum();
				    }

				    @Override
				    public String toString() {
				        return "Inventory{stock=" + this.stock + "}";
				    }
				}
				"""), ARGUMENTS("""
				{"passengers":[{"first_name":"Grace","last_name":"Hopper","age":52,"seat":"14C"},\
				{"first_name":"Alan","last_name":"Turing","age":41,"seat":"14D"}],"departure":{"airport":"LHR",\
				"date":"2027-03-18","time":"07:45"},"arrival":{"airport":"SFO"},"cabin":"economy","max_price":1250.50,\
				"flexible":true,"loyalty_program":null,"notes":"Vegetarian meal, window seat if possible"}""");

		private final String text;

		Text(String text) {
			this.text = text;
		}

		long tokens() {
			return ENCODING.countTokens(this.text);
		}

		/**
		 * Pieces of so many tokens; more where one of them ends within a character.
		 */
		List<String> pieces(int size) {
			IntArrayList all = ENCODING.encode(this.text);
			List<String> pieces = new ArrayList<>();
			IntArrayList piece = new IntArrayList();
			for (int i = 0; i < all.size(); i++) {
				piece.add(all.get(i));
				String decoded = ENCODING.decode(piece);
				if ((piece.size() >= size || i == all.size() - 1) && decoded.indexOf('\uFFFD') < 0) {
					pieces.add(decoded);
					piece = new IntArrayList();
				}
			}
			return pieces;
		}

	}

}
