package ai.apertis.passthrough.servlet;

import java.io.IOException;

import ai.apertis.passthrough.delivery.StreamedResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Writes a response as Spring's own streams are written: on a thread that may block,
 * whenever something has come. For responses whose wrappers do not support non-blocking
 * writes.
 */
final class BlockingResponseWriter extends BaseSubscriber<DataBuffer> implements AsyncListener {

	private static final Log logger = LogFactory.getLog(BlockingResponseWriter.class);

	private final StreamedResponse streamed;

	private final AsyncContext async;

	private final ResponseOutput output;

	private final @Nullable ClientWatch watch;

	/** Belongs to whoever holds the output's lock. */
	private boolean finished;

	BlockingResponseWriter(StreamedResponse streamed, AsyncContext async, ResponseOutput output,
			@Nullable ClientWatch watch) {
		this.streamed = streamed;
		this.async = async;
		this.output = output;
		this.watch = watch;
	}

	/**
	 * Begin to write.
	 */
	void start() {
		this.async.addListener(this);
		this.streamed.bodyOnHeap(DefaultDataBufferFactory.sharedInstance)
			.publishOn(Schedulers.boundedElastic(), 1)
			.subscribe(this);
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
		boolean written = exclusively(() -> {
			this.output.write(bytes);
			this.output.stream().flush();
		});
		if (written) {
			if (this.watch != null) {
				this.watch.active();
			}
			request(1);
		}
	}

	@Override
	protected void hookOnComplete() {
		finish(null);
	}

	@Override
	protected void hookOnError(Throwable failure) {
		finish(failure);
	}

	private void finish(@Nullable Throwable failure) {
		exclusively(() -> {
			this.finished = true;
			if (failure == null || this.output.isCommitted()) {
				this.output.finish(failure);
				return;
			}
			if (this.output.fail(failure)) {
				this.output.stream().flush();
			}
			this.output.finish(null);
		});
	}

	private boolean exclusively(Write write) {
		this.output.lock().lock();
		try {
			if (!this.output.isReturned()) {
				write.run();
				return true;
			}
			return false;
		}
		catch (IOException | RuntimeException ex) {
			logger.trace("The exchange has failed", ex);
			this.finished = true;
		}
		finally {
			this.output.lock().unlock();
		}
		// without the lock, for which the container waits while it ends the exchange
		cancel();
		this.output.completeIfOpen();
		return false;
	}

	/**
	 * Not on the timer's thread, which must not block.
	 */
	private void look() {
		Schedulers.boundedElastic().schedule(() -> exclusively(this::probe));
	}

	private void probe() throws IOException {
		if (this.watch == null || this.finished || !this.watch.isSuspicious()) {
			return;
		}
		if (!this.output.isCommitted()) {
			this.output.refuse();
			throw new IOException("The client has closed the connection");
		}
		DataBuffer sign = this.watch.isToProbe() ? this.output.signOfLife() : null;
		if (sign != null) {
			this.output.write(sign);
			this.output.stream().flush();
		}
	}

	@Override
	public void onComplete(AsyncEvent event) {
		cancel();
		if (this.watch != null) {
			this.watch.stop();
		}
		this.output.returned();
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		onError(event);
	}

	@Override
	public void onError(AsyncEvent event) {
		logger.trace("The exchange has failed", event.getThrowable());
		this.output.returned();
		cancel();
		// or the container would look for an error page
		this.output.completeIfOpen();
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		// the request is dispatched once more only to break the response off
	}

	private interface Write {

		void run() throws IOException;

	}

}
