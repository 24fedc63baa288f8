package ai.apertis.client.connection;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

import org.springframework.util.ClassUtils;

/**
 * The event loop that somebody is called by. Whoever asks a store meanwhile is continued
 * by a thread of the store's client; a call that is made there gets a connection of
 * another loop, which wakes up this one with each token.
 */
public final class CallersLoop {

	private static final boolean NETTY = ClassUtils.isPresent("reactor.netty.http.HttpResources",
			CallersLoop.class.getClassLoader());

	private static final CallersLoop NONE = new CallersLoop(null);

	private final @Nullable EventLoop loop;

	private CallersLoop(@Nullable EventLoop loop) {
		this.loop = loop;
	}

	/**
	 * Return the event loop of the calling thread.
	 * @return the loop of Reactor Netty's that the thread is, or none
	 */
	public static CallersLoop current() {
		// other threads need no loops, and must not start any
		return (NETTY && Schedulers.isInNonBlockingThread()) ? Netty.current() : NONE;
	}

	/**
	 * Go on with a value there.
	 * @param value the value
	 * @param <T> its type
	 * @return gives the value by the loop, or at once if there is none, or it is the
	 * calling thread
	 */
	public <T> Mono<T> goOn(T value) {
		EventLoop loop = this.loop;
		if (loop == null || loop.inEventLoop() || loop.isShuttingDown()) {
			return Mono.just(value);
		}
		Scheduler scheduler = Schedulers.fromExecutor(loop);
		return Mono.just(value).publishOn(scheduler);
	}

	/**
	 * Keeps Netty's types out of the sight of those who have none.
	 */
	private static final class Netty {

		static CallersLoop current() {
			EventLoop loop = HttpResources.get().onClient(LoopResources.DEFAULT_NATIVE).next();
			return loop.inEventLoop() ? new CallersLoop(loop) : NONE;
		}

	}

}
