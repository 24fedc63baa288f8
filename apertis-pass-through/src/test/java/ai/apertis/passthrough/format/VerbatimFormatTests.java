package ai.apertis.passthrough.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import ai.apertis.client.call.StreamLimits;
import ai.apertis.client.error.StreamInterruptedException;
import ai.apertis.client.protocol.ChatCompletionsApi;
import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link VerbatimFormat}.
 */
class VerbatimFormatTests {

	private static final String DONE = "data: [DONE]\n\n";

	private static final String CHUNK = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n";

	private static final String FINISH = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

	private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";

	private static final String ERROR = "data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"server_error\"}}\n\n";

	private final EventStream events = new EventStream(StreamLimits.DEFAULTS,
			ChatCompletionsApi.request(null, 1, true, new byte[0]).protocol().start(1, StreamLimits.DEFAULTS),
			(text) -> text.replace("sk-secret", "***"), StreamListener.NONE);

	private final NettyDataBufferFactory buffers = new NettyDataBufferFactory(new UnpooledByteBufAllocator(true));

	private final List<ByteBuf> made = new ArrayList<>();

	private VerbatimFormat format = new VerbatimFormat(false, DONE, new OpenAiErrorFormat());

	@Test
	void relaysTheBytesOfTheEventsAsTheyCame() {
		String odd = "event: message\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"a\"}}] , \"unknown\":1e2}\r\n\r\n";
		assertThat(relay(odd + CHUNK)).isEqualTo(odd + CHUNK);
	}

	@Test
	void givesWhatCameInOneReadInOneWrite() {
		append(CHUNK + CHUNK + FINISH);
		assertThat(next()).isEqualTo(CHUNK + CHUNK + FINISH);
		assertThat(next()).isNull();
	}

	@Test
	void handsOnABufferOfWholeEvents() {
		DataBuffer buffer = buffer(CHUNK + CHUNK);
		List<DataBuffer> elements = elements(buffer, buffer(FINISH), buffer(DONE));
		assertThat(elements.get(0)).isSameAs(buffer);
		assertThat(elements).extracting(VerbatimFormatTests::text).containsExactly(CHUNK + CHUNK, FINISH, DONE);
		// the done marker waits for the usage, and is the format's own
		assertThat(this.made).extracting(ByteBuf::refCnt).containsExactly(1, 1, 0);
	}

	@Test
	void copiesWhatIsOnlyAPartOfItsBuffer() {
		DataBuffer cut = buffer(CHUNK + "data: {\"choices\":");
		List<DataBuffer> elements = elements(cut, buffer("[{\"delta\":{\"content\":\"b\"}}]}\n\n" + FINISH),
				buffer(USAGE + DONE));
		assertThat(elements).extracting(VerbatimFormatTests::text)
			.containsExactly(CHUNK, "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n" + FINISH, DONE);
		assertThat(elements.get(0)).isNotSameAs(cut).isInstanceOf(NettyDataBuffer.class);
		assertThat(this.made).hasSize(3).allSatisfy((made) -> assertThat(made.refCnt()).isZero());
	}

	private List<DataBuffer> elements(DataBuffer... body) {
		List<DataBuffer> elements = this.events.read(Flux.just(body), this.format).collectList().block();
		assertThat(elements).isNotNull();
		return elements;
	}

	private DataBuffer buffer(String wire) {
		NettyDataBuffer buffer = this.buffers.allocateBuffer(256);
		buffer.write(wire, StandardCharsets.UTF_8);
		this.made.add(buffer.getNativeBuffer());
		return buffer;
	}

	@Test
	void keepsTheUsageEventFromClientsThatDidNotAskForIt() {
		assertThat(relay(CHUNK + FINISH + USAGE + DONE)).isEqualTo(CHUNK + FINISH + DONE);
	}

	@Test
	void relaysTheUsageEventToClientsThatAskedForIt() {
		this.format = new VerbatimFormat(true, DONE, new OpenAiErrorFormat());
		assertThat(relay(CHUNK + FINISH + USAGE + DONE)).isEqualTo(CHUNK + FINISH + USAGE + DONE);
	}

	@Test
	void endsACompletedStreamWithTheDoneMarkerThatTheGatewayLeftOut() {
		append(CHUNK + FINISH);
		this.events.bodyEnded();
		assertThat(next()).isEqualTo(CHUNK + FINISH + DONE);
		assertThat(next()).isNull();
	}

	@Test
	void endsWithoutAMarkerWhereTheProtocolHasNone() {
		this.format = new VerbatimFormat(false, "", new OpenAiErrorFormat());
		append(CHUNK + FINISH);
		this.events.bodyEnded();
		assertThat(next()).isEqualTo(CHUNK + FINISH);
	}

	@Test
	void doesNotEndACutStreamWithADoneMarker() {
		append(CHUNK);
		this.events.bodyEnded();
		assertThat(next()).isEqualTo(CHUNK);
		assertThat(next()).isNull();
		assertThat(this.events.failure()).isInstanceOf(StreamInterruptedException.class);
		assertThat(this.format.hasSentError()).isFalse();
	}

	@Test
	void doesNotRelayADoneMarkerBehindAnUnfinishedAnswer() {
		assertThat(relay(CHUNK + DONE)).isEqualTo(CHUNK);
	}

	@Test
	void relaysTheGatewaysOwnErrorInTheUsualShape() {
		assertThat(relay(CHUNK + ERROR)).isEqualTo(CHUNK + ERROR);
		assertThat(this.format.hasSentError()).isTrue();
	}

	@Test
	void leavesAnErrorInAnotherShapeToWhoeverDelivers() {
		assertThat(relay(CHUNK + "event: error\ndata: broken\n\n")).isEqualTo(CHUNK);
		assertThat(this.format.hasSentError()).isFalse();
	}

	@Test
	void givesNothingIfTheFirstEventIsAnError() {
		assertThat(relay(ERROR)).isEmpty();
		assertThat(this.format.hasSentError()).isFalse();
	}

	@Test
	void doesNotDiscloseAnErrorOfTheApplicationsAccount() {
		String billing = "data: {\"error\":{\"message\":\"No credit\",\"type\":\"billing_error\",\"code\":402}}\n\n";
		assertThat(relay(CHUNK + billing)).isEqualTo(CHUNK);
	}

	@Test
	void doesNotWaitForTheLineFeedBehindACarriageReturn() {
		String crlf = CHUNK.replace("\n", "\r\n");
		append(crlf.substring(0, crlf.length() - 1));
		assertThat(next()).isEqualTo(crlf);
		append("\n" + FINISH);
		assertThat(next()).isEqualTo(FINISH);
	}

	@Test
	void takesTheKeyOutOfWhatStandsBesideTheData() {
		assertThat(relay(": key sk-secret\n" + CHUNK)).isEqualTo(CHUNK);
	}

	@Test
	void givesAnErrorEventAndASignOfLife() {
		assertThat(text(this.format.error(new StreamInterruptedException("cut", null)))).startsWith("data: {\"error\"")
			.contains("stream_interrupted")
			.endsWith("\n\n");
		assertThat(text(this.format.heartbeat())).isEqualTo(": keep-alive\n");
	}

	private String relay(String wire) {
		append(wire);
		StringBuilder relayed = new StringBuilder();
		for (String next = next(); next != null; next = next()) {
			relayed.append(next);
		}
		return relayed.toString();
	}

	private void append(String wire) {
		this.events.append(DefaultDataBufferFactory.sharedInstance.wrap(wire.getBytes(StandardCharsets.UTF_8)));
	}

	private @Nullable String next() {
		DataBuffer next = this.format.next(this.events);
		return (next != null) ? text(next) : null;
	}

	private static String text(DataBuffer bytes) {
		return bytes.toString(StandardCharsets.UTF_8);
	}

}
