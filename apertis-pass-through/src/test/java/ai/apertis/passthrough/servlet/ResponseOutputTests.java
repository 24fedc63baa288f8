package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.delivery.ResponseHead;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import io.netty.buffer.UnpooledByteBufAllocator;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.mock.web.DelegatingServletOutputStream;
import org.springframework.mock.web.MockAsyncContext;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ResponseOutput}.
 */
class ResponseOutputTests {

	private static final NettyDataBufferFactory BUFFERS = new NettyDataBufferFactory(
			new UnpooledByteBufAllocator(true));

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	private final MockAsyncContext async = new MockAsyncContext(new MockHttpServletRequest(), this.response);

	private final AtomicBoolean completed = new AtomicBoolean();

	private final AtomicBoolean broken = new AtomicBoolean();

	private final ResponseOutput output = output();

	@Test
	void sendsTheHeadWithTheFirstBytes() throws IOException {
		assertThat(this.output.isCommitted()).isFalse();
		assertThat(this.response.getContentType()).isNull();
		this.output.write(bytes("data: 1\n\n"));
		this.output.write(bytes("data: 2\n\n"));
		assertThat(this.output.isCommitted()).isTrue();
		assertThat(this.response.getContentType()).startsWith("text/event-stream");
		assertThat(this.response.getHeader("X-Accel-Buffering")).isEqualTo("no");
		assertThat(this.response.getContentAsString()).isEqualTo("data: 1\n\ndata: 2\n\n");
		this.output.finish(null);
		assertThat(this.completed).isTrue();
	}

	@Test
	void writesEachBufferAtOnceAndReleasesIt() throws IOException {
		StringBuilder expected = new StringBuilder();
		for (int length : new int[] { 10, 900, 3, 5_000, 900, 1_024 }) {
			String text = "x".repeat(length - 1) + "\n";
			NettyDataBuffer buffer = BUFFERS.allocateBuffer(2 * length);
			buffer.write(text, StandardCharsets.UTF_8);
			this.output.write(buffer);
			assertThat(buffer.getNativeBuffer().refCnt()).isZero();
			expected.append(text);
		}
		assertThat(this.response.getContentAsString()).isEqualTo(expected.toString());
	}

	@Test
	void releasesABufferThatCannotBeWritten() throws IOException {
		ResponseOutput output = new ResponseOutput(streamed(), this.async, new MockHttpServletResponse() {

			@Override
			public ServletOutputStream getOutputStream() {
				return new DelegatingServletOutputStream(new OutputStream() {

					@Override
					public void write(int b) throws IOException {
						throw new IOException("broken pipe");
					}

				});
			}

		});
		NettyDataBuffer buffer = BUFFERS.allocateBuffer(1);
		buffer.write((byte) 'x');
		assertThatIOException().isThrownBy(() -> output.write(buffer)).withMessage("broken pipe");
		assertThat(buffer.getNativeBuffer().refCnt()).isZero();
	}

	@Test
	void answersAFailureBeforeTheFirstBytesWithItsStatus() throws IOException {
		// a stream that failed before it began may count as broken
		this.broken.set(true);
		assertThat(this.output.fail(RefusedException.tooMany("slow_down", "Slow down", Duration.ofSeconds(7))))
			.isTrue();
		assertThat(this.completed).isFalse();
		this.output.finish(null);
		assertThat(this.response.getStatus()).isEqualTo(429);
		assertThat(this.response.getHeader("Retry-After")).isEqualTo("7");
		assertThat(this.response.getContentType()).isEqualTo("application/json");
		assertThat(this.response.getContentAsString()).contains("slow_down");
		assertThat(this.completed).isTrue();
	}

	@Test
	void doesNotCompleteABrokenStream() throws IOException {
		this.output.write(bytes("data: 1\n\n"));
		this.broken.set(true);
		this.output.finish(null);
		assertThat(this.completed).isFalse();
	}

	@Test
	void leavesAResponseAloneThatTheContainerHasTakenBack() {
		assertThat(this.output.isReturned()).isFalse();
		this.output.returned();
		assertThat(this.output.isReturned()).isTrue();
	}

	private ResponseOutput output() {
		this.async.addDispatchHandler(() -> {
		});
		this.async.addListener(new Completed());
		try {
			return new ResponseOutput(streamed(), this.async, this.response);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private StreamedResponse streamed() {
		return new StreamedResponse(() -> ResponseHead.ofStream(Map.of()), Flux.never(), new OpenAiErrorFormat(),
				this.broken::get, Mono.never(), () -> null);
	}

	private static DataBuffer bytes(String text) {
		return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	private final class Completed implements AsyncListener {

		@Override
		public void onComplete(AsyncEvent event) {
			ResponseOutputTests.this.completed.set(true);
		}

		@Override
		public void onTimeout(AsyncEvent event) {
			// there is no time limit
		}

		@Override
		public void onError(AsyncEvent event) {
			// there is no error
		}

		@Override
		public void onStartAsync(AsyncEvent event) {
			// it has started
		}

	}

}
