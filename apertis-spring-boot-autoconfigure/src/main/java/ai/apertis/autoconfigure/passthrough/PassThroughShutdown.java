package ai.apertis.autoconfigure.passthrough;

import java.time.Duration;

import ai.apertis.passthrough.exchange.ActiveStreams;

import org.springframework.context.SmartLifecycle;

/**
 * Lets streams end before the application does. It comes before the web server's own
 * graceful shutdown, which would refuse connections, and in the end cut the streams.
 */
class PassThroughShutdown implements SmartLifecycle {

	private final ActiveStreams active;

	private final Duration grace;

	private volatile boolean running;

	PassThroughShutdown(ActiveStreams active, Duration grace) {
		this.active = active;
		this.grace = grace;
	}

	@Override
	public void start() {
		this.active.open();
		this.running = true;
	}

	/**
	 * Blocks, so that the limit of the lifecycle's phases does not end the grace.
	 */
	@Override
	public void stop() {
		this.active.shutDown(this.grace);
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/**
	 * The default phase stops before all others.
	 */
	@Override
	public int getPhase() {
		return SmartLifecycle.DEFAULT_PHASE;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

}
