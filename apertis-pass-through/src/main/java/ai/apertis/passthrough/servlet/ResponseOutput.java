package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import ai.apertis.passthrough.delivery.ResponseHead;
import ai.apertis.passthrough.delivery.StreamedResponse;
import ai.apertis.passthrough.delivery.UnexpectedFailure;
import ai.apertis.passthrough.format.ErrorResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;

/**
 * Response to which one writer writes. Whoever uses it holds its lock, so that the
 * container does not recycle the response during a write.
 */
final class ResponseOutput {

	private static final Log logger = LogFactory.getLog(ResponseOutput.class);

	private static final int MAX_KEPT = 1024;

	private final StreamedResponse streamed;

	private final AsyncContext async;

	private final HttpServletResponse response;

	private final ServletOutputStream out;

	private final ReentrantLock lock = new ReentrantLock();

	/**
	 * Wrappers of streams may take nothing but arrays, and what is not blocking takes one
	 * only at a time. A small one is used again when the stream is ready for the next.
	 */
	private byte[] array = new byte[0];

	private boolean committed;

	/** The client has been told why there is no answer. */
	private boolean failed;

	private boolean returned;

	ResponseOutput(StreamedResponse streamed, AsyncContext async, HttpServletResponse response) throws IOException {
		this.streamed = streamed;
		this.async = async;
		this.response = response;
		this.out = response.getOutputStream();
	}

	ServletOutputStream stream() {
		return this.out;
	}

	ReentrantLock lock() {
		return this.lock;
	}

	/**
	 * Return whether the container has taken the response back.
	 */
	boolean isReturned() {
		return this.returned;
	}

	/**
	 * The container takes the response back.
	 */
	void returned() {
		this.lock.lock();
		try {
			this.returned = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Write bytes, and release their buffer. The response is committed with the first
	 * ones only, so that an early failure still gets its own status.
	 */
	void write(DataBuffer bytes) throws IOException {
		try {
			commit();
			int length = bytes.readableByteCount();
			byte[] array = (length <= this.array.length) ? this.array : new byte[length];
			if (length <= MAX_KEPT && array != this.array) {
				this.array = array;
			}
			bytes.read(array, 0, length);
			this.out.write(array, 0, length);
		}
		finally {
			DataBufferUtils.release(bytes);
		}
	}

	/**
	 * Return whether the client has been told the status.
	 */
	boolean isCommitted() {
		return this.committed;
	}

	/**
	 * Respond to a client that seemed to have gone, and has not.
	 */
	void refuse() {
		this.response.setStatus(HttpServletResponse.SC_REQUEST_TIMEOUT);
		this.response.setHeader(HttpHeaders.CONNECTION, "close");
	}

	/**
	 * Bytes to write only to see whether the client takes them, {@code null} if there are
	 * none.
	 */
	@Nullable DataBuffer signOfLife() {
		return this.streamed.signOfLife().get();
	}

	private void commit() {
		if (!this.committed) {
			this.committed = true;
			ResponseHead head = this.streamed.head().get();
			this.response.setContentType(head.contentType().toString());
			if (head.contentLength() >= 0) {
				this.response.setContentLengthLong(head.contentLength());
			}
			head.headers().forEach(this.response::setHeader);
		}
	}

	/**
	 * Tell the client why there is no answer, which makes a whole response. Its body is
	 * to be flushed before the end: Tomcat takes an exchange for ended before it writes
	 * what is left, and may be stopped meanwhile.
	 * @return whether there is a body
	 */
	boolean fail(Throwable failure) throws IOException {
		UnexpectedFailure.log(failure);
		ErrorResponse error = this.streamed.errors().response(failure);
		this.committed = true;
		this.failed = true;
		write(error, this.response);
		return !error.isEmpty();
	}

	/**
	 * End the response as the answer has ended.
	 * @param failure why there is no more of it, {@code null} if that was all
	 */
	void finish(@Nullable Throwable failure) throws IOException {
		if (!this.failed && (failure != null || this.streamed.broken().getAsBoolean())) {
			Schedulers.parallel()
				.schedule(this::breakOff, StreamedResponse.BREAK_OFF_DELAY.toMillis(), TimeUnit.MILLISECONDS);
		}
		else {
			completeIfOpen();
		}
	}

	/**
	 * Write an error, by no converter: the application may have any.
	 */
	static void write(ErrorResponse error, HttpServletResponse response) throws IOException {
		response.setStatus(error.status());
		if (error.isEmpty()) {
			return;
		}
		response.setContentType(error.contentType().toString());
		response.setContentLength(error.body().length);
		if (error.retryAfter() != null) {
			response.setHeader(HttpHeaders.RETRY_AFTER, error.retryAfter());
		}
		response.getOutputStream().write(error.body());
	}

	private void breakOff() {
		this.lock.lock();
		try {
			if (!this.returned) {
				BrokenStreamFilter.breakOff(this.async);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * End the exchange, if the container has not.
	 */
	void completeIfOpen() {
		try {
			this.async.complete();
		}
		catch (IllegalStateException ex) {
			// the container was faster
			logger.debug("The exchange has ended already", ex);
		}
	}

}
