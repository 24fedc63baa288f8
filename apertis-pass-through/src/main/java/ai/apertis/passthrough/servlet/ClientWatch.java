package ai.apertis.passthrough.servlet;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

import org.springframework.util.ClassUtils;

/**
 * Detects that the client of a silent response has gone. A container notices it only at
 * the second write, as the first write to a closed connection succeeds. Tomcat also looks
 * at the connection when asked for bytes that can be read without blocking, which costs
 * the client nothing.
 */
final class ClientWatch {

	private static final Log logger = LogFactory.getLog(ClientWatch.class);

	private static final long PERIOD = 1;

	private static final int MAX_PROBES = 3;

	private static final boolean TOMCAT = ClassUtils.isPresent("org.apache.catalina.connector.RequestFacade",
			ClientWatch.class.getClassLoader());

	private final ServletInputStream in;

	private volatile boolean active = true;

	private int probes;

	private @Nullable Disposable timer;

	private ClientWatch(ServletInputStream in) {
		this.in = in;
	}

	/**
	 * Create a watch over the client of a request that has been read and is processed
	 * asynchronously.
	 * @return the watch, {@code null} if the container offers no way to look
	 */
	static @Nullable ClientWatch over(ServletRequest request) {
		if (!request.getProtocol().startsWith("HTTP/1.") || !isPost(request)) {
			// of others the body has not been read, or they tell by themselves
			return null;
		}
		ServletRequest original = request;
		while (original instanceof ServletRequestWrapper wrapper) {
			original = wrapper.getRequest();
		}
		if (!TOMCAT || !original.getClass().getName().equals("org.apache.catalina.connector.RequestFacade")) {
			return null;
		}
		try {
			ServletInputStream in = original.getInputStream();
			// without one Tomcat tells only what it has read already
			in.setReadListener(new NothingToRead());
			return new ClientWatch(in);
		}
		catch (IOException | IllegalStateException ex) {
			logger.debug("The client's connection cannot be watched", ex);
			return null;
		}
	}

	private static boolean isPost(ServletRequest request) {
		return request instanceof HttpServletRequest http && http.getMethod().equals("POST");
	}

	/**
	 * Begin to look.
	 * @param look is run from time to time while nothing is written, and is to call
	 * {@link #isSuspicious()} while the exchange is under way
	 */
	void start(Runnable look) {
		this.timer = Schedulers.parallel().schedulePeriodically(() -> {
			// what goes on shows that the client is there
			if (!this.active) {
				look.run();
			}
			this.active = false;
		}, PERIOD, PERIOD, TimeUnit.SECONDS);
	}

	/**
	 * Something is written.
	 */
	void active() {
		if (!this.active) {
			this.active = true;
		}
	}

	/**
	 * Return whether there is something to read: the end of the connection, or the
	 * client's next request, which it must not send before it has the status of this one
	 * (RFC 9112, section 9.3.2). To be asked by one thread at a time.
	 */
	boolean isSuspicious() {
		try {
			return this.in.available() > 0;
		}
		catch (IOException ex) {
			logger.trace("The client's connection cannot be read", ex);
			return true;
		}
	}

	/**
	 * Return whether to see if a client that has the status takes a sign of life. Whoever
	 * takes some in turn is there.
	 */
	boolean isToProbe() {
		this.probes++;
		if (this.probes > MAX_PROBES) {
			stop();
		}
		return this.probes <= MAX_PROBES;
	}

	void stop() {
		Disposable timer = this.timer;
		if (timer != null) {
			timer.dispose();
		}
	}

	private static final class NothingToRead implements ReadListener {

		@Override
		public void onDataAvailable() {
			// the body has been read
		}

		@Override
		public void onAllDataRead() {
			// the body has been read
		}

		@Override
		public void onError(Throwable failure) {
			// whoever writes hears of it too
			logger.trace("The client's connection has failed", failure);
		}

	}

}
