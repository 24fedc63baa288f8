package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

import ai.apertis.passthrough.delivery.StreamedResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * Writes an answer to a servlet response without blocking: on the thread that has read
 * it, while the client keeps up, else on the container's, once the client can take more.
 * The next bytes are requested when the last have been flushed, so that a slow client
 * stops the stream from being read.
 */
final class ResponseWriter extends BaseSubscriber<DataBuffer> {

	private static final Log logger = LogFactory.getLog(ResponseWriter.class);

	private final StreamedResponse streamed;

	private final AsyncContext async;

	private final ResponseOutput output;

	private final ServletOutputStream out;

	private final @Nullable ClientWatch watch;

	/** Whoever raises it from zero writes, until it is zero again. */
	private final AtomicInteger work = new AtomicInteger();

	/** Never more than one, as no more than one is requested. */
	private volatile @Nullable DataBuffer incoming;

	private volatile boolean ended;

	private volatile @Nullable Throwable failure;

	// the rest belongs to whoever writes

	private boolean unflushed;

	private volatile boolean finished;

	ResponseWriter(StreamedResponse streamed, AsyncContext async, ResponseOutput output, @Nullable ClientWatch watch) {
		this.streamed = streamed;
		this.async = async;
		this.output = output;
		this.out = output.stream();
		this.watch = watch;
	}

	/**
	 * Begin to write.
	 */
	void start() {
		Exchange exchange = new Exchange();
		this.async.addListener(exchange);
		this.out.setWriteListener(exchange);
		this.streamed.body().subscribe(this);
		if (this.watch != null) {
			this.watch.start(this::look);
		}
	}

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		subscription.request(1);
	}

	@Override
	protected void hookOnNext(DataBuffer bytes) {
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
			this.output.lock().lock();
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
				this.output.completeIfOpen();
			}
			finally {
				this.output.lock().unlock();
			}
			if (this.finished) {
				DataBufferUtils.release(this.incoming);
				this.incoming = null;
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
		if (this.watch != null) {
			this.watch.stop();
		}
		this.finished = true;
		this.output.returned();
		// what waits to be written is released
		write();
	}

	private void look() {
		if (this.watch == null || !this.output.lock().tryLock()) {
			return;
		}
		try {
			if (!this.finished && !this.output.isReturned() && this.watch.isSuspicious()) {
				probe(this.watch);
			}
		}
		catch (IOException ex) {
			clientGone(ex);
		}
		catch (RuntimeException ex) {
			clientGone(ex);
			this.output.completeIfOpen();
		}
		finally {
			this.output.lock().unlock();
		}
	}

	private void probe(ClientWatch watch) throws IOException {
		if (!this.output.isCommitted()) {
			this.output.refuse();
			exchangeEnded();
			this.output.completeIfOpen();
		}
		else if (this.out.isReady() && watch.isToProbe()) {
			DataBuffer sign = this.output.signOfLife();
			if (sign != null) {
				this.output.write(sign);
				if (this.out.isReady()) {
					this.out.flush();
				}
			}
		}
	}

	/**
	 * Do the one thing that is next.
	 * @return whether to look for more
	 */
	private boolean writeNext() throws IOException {
		DataBuffer bytes = this.incoming;
		if (bytes != null) {
			this.incoming = null;
			this.output.write(bytes);
			if (this.watch != null) {
				this.watch.active();
			}
			this.unflushed = true;
			return true;
		}
		if (this.unflushed) {
			this.unflushed = false;
			this.out.flush();
			request(1);
			return true;
		}
		Throwable failure = this.failure;
		if (failure != null && !this.output.isCommitted()) {
			this.failure = null;
			this.unflushed = this.output.fail(failure);
			return true;
		}
		if (this.ended) {
			this.finished = true;
			this.output.finish(failure);
			return true;
		}
		return false;
	}

	/**
	 * Listener for the exchange with the client.
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
			ResponseWriter.this.output.completeIfOpen();
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
