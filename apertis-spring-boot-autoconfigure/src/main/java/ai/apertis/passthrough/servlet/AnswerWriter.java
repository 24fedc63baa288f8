package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;

import ai.apertis.passthrough.Answer;
import ai.apertis.passthrough.AnswerHead;
import ai.apertis.passthrough.ErrorAnswer;
import ai.apertis.passthrough.PassThrough;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Schedulers;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Writes an answer to a servlet response without blocking: on the thread that has read
 * it, while the client keeps up, else on the container's, once the client can take more.
 * The next bytes are requested when the last have been flushed, so that a slow client
 * stops the stream from being read.
 */
final class AnswerWriter extends BaseSubscriber<ByteBuffer> {

	private static final Log logger = LogFactory.getLog(AnswerWriter.class);

	private final Answer answer;

	private final AsyncContext async;

	private final HttpServletResponse response;

	private final ServletOutputStream out;

	/** Whoever raises it from zero writes, until it is zero again. */
	private final AtomicInteger work = new AtomicInteger();

	/**
	 * Held while writing, which never takes long. The container must not take the
	 * response back, to use it for another exchange, under the hands of whoever writes.
	 */
	private final ReentrantLock writing = new ReentrantLock();

	/** Never more than one, as no more than one is requested. */
	private volatile @Nullable ByteBuffer incoming;

	private volatile boolean ended;

	private volatile @Nullable Throwable failure;

	// the rest belongs to whoever writes

	private boolean committed;

	private boolean unflushed;

	private volatile boolean finished;

	/** Guarded by the lock. */
	private boolean returned;

	AnswerWriter(Answer answer, AsyncContext async, HttpServletResponse response) throws IOException {
		this.answer = answer;
		this.async = async;
		this.response = response;
		this.out = response.getOutputStream();
	}

	/**
	 * Begin to write.
	 */
	void start() {
		Exchange exchange = new Exchange();
		this.async.addListener(exchange);
		this.out.setWriteListener(exchange);
		this.answer.body().subscribe(this);
	}

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		subscription.request(1);
	}

	@Override
	protected void hookOnNext(ByteBuffer bytes) {
		this.incoming = bytes;
		write();
	}

	@Override
	protected void hookOnComplete() {
		this.ended = true;
		write();
	}

	@Override
	protected void hookOnError(Throwable failure) {
		this.failure = failure;
		this.ended = true;
		write();
	}

	private void clientGone(@Nullable Throwable failure) {
		// whoever delivers the stream tells the log that its client has gone
		logger.trace("The exchange has failed", failure);
		exchangeEnded();
	}

	private void write() {
		if (this.work.getAndIncrement() != 0) {
			return;
		}
		int missed = 1;
		do {
			this.writing.lock();
			try {
				writeAvailable();
			}
			catch (IOException ex) {
				// the container notices it too and ends the exchange on its own thread;
				// ended on this one as well, it would be recycled twice
				clientGone(ex);
			}
			catch (RuntimeException ex) {
				clientGone(ex);
				completeIfOpen();
			}
			finally {
				this.writing.unlock();
			}
			missed = this.work.addAndGet(-missed);
		}
		while (missed != 0);
	}

	private void writeAvailable() throws IOException {
		while (!this.finished && this.out.isReady() && writeNext()) {
			// until there is nothing more to write, or no more can be written
		}
	}

	/**
	 * Nothing is written any more: the container takes the response back.
	 */
	private void exchangeEnded() {
		cancel();
		this.writing.lock();
		try {
			this.finished = true;
			this.returned = true;
		}
		finally {
			this.writing.unlock();
		}
	}

	private void breakOff() {
		this.writing.lock();
		try {
			if (!this.returned) {
				BrokenStreamFilter.breakOff(this.async);
			}
		}
		finally {
			this.writing.unlock();
		}
	}

	private void completeIfOpen() {
		try {
			this.async.complete();
		}
		catch (IllegalStateException ex) {
			// the container was faster
			logger.debug("The exchange has ended already", ex);
		}
	}

	/**
	 * Do the one thing that is next.
	 * @return whether to look for more
	 */
	private boolean writeNext() throws IOException {
		ByteBuffer bytes = this.incoming;
		if (bytes != null) {
			this.incoming = null;
			commit();
			this.out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
			this.unflushed = true;
			return true;
		}
		if (this.unflushed) {
			this.unflushed = false;
			this.out.flush();
			request(1);
			return true;
		}
		if (this.ended) {
			finish();
			return true;
		}
		return false;
	}

	/**
	 * The response is committed with the first bytes only, so that an early failure still
	 * gets its own status.
	 */
	private void commit() {
		if (!this.committed) {
			this.committed = true;
			AnswerHead head = this.answer.head().get();
			this.response.setContentType(head.contentType().toString());
			if (head.contentLength() >= 0) {
				this.response.setContentLengthLong(head.contentLength());
			}
			head.headers().forEach(this.response::setHeader);
		}
	}

	private void finish() throws IOException {
		this.finished = true;
		Throwable failure = this.failure;
		if (failure != null && !this.committed) {
			writeError(ErrorAnswer.of(failure));
			completeIfOpen();
		}
		else if (failure != null || this.answer.broken().getAsBoolean()) {
			Schedulers.parallel()
				.schedule(this::breakOff, PassThrough.BREAK_OFF_DELAY.toMillis(), TimeUnit.MILLISECONDS);
		}
		else {
			completeIfOpen();
		}
	}

	private void writeError(ErrorAnswer error) throws IOException {
		this.response.setStatus(error.status());
		this.response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		this.response.setContentLength(error.json().length);
		if (error.retryAfter() != null) {
			this.response.setHeader(HttpHeaders.RETRY_AFTER, error.retryAfter());
		}
		this.out.write(error.json());
	}

	/**
	 * Hears from the container of the exchange with the client.
	 */
	private final class Exchange implements WriteListener, AsyncListener {

		@Override
		public void onWritePossible() {
			write();
		}

		@Override
		public void onError(Throwable failure) {
			clientGone(failure);
			// or the container would look for an error page
			completeIfOpen();
		}

		@Override
		public void onComplete(AsyncEvent event) {
			exchangeEnded();
		}

		@Override
		public void onTimeout(AsyncEvent event) {
			onError(event.getThrowable());
		}

		@Override
		public void onError(AsyncEvent event) {
			onError(event.getThrowable());
		}

		@Override
		public void onStartAsync(AsyncEvent event) {
			// the request is dispatched once more only to break the response off
		}

	}

}
