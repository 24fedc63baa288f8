package ai.apertis.autoconfigure.passthrough;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.core.ReactiveRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.RedisSerializationContext;

/**
 * Runs scripts in Redis, over the application's connection. Safe for use by several
 * threads.
 */
final class RedisScripts {

	private final ReactiveRedisTemplate<byte[], byte[]> redis;

	private final Mono<Void> connecting;

	private volatile boolean connected;

	RedisScripts(ReactiveRedisConnectionFactory connections) {
		this.redis = new ReactiveRedisTemplate<>(connections, RedisSerializationContext.byteArray());
		this.connecting = connect(connections);
	}

	/**
	 * Return the application's own connections.
	 * @param missing thrown if it has none
	 */
	static ReactiveRedisConnectionFactory connections(ListableBeanFactory beanFactory,
			Supplier<MissingRedisException> missing) {
		ReactiveRedisConnectionFactory connections = beanFactory.getBeanProvider(ReactiveRedisConnectionFactory.class)
			.getIfAvailable();
		if (connections == null) {
			throw missing.get();
		}
		return connections;
	}

	/**
	 * Return what runs commands.
	 */
	ReactiveRedisTemplate<byte[], byte[]> redis() {
		return this.redis;
	}

	/**
	 * Read a script, as a text: a resource would be asked at each call whether it has
	 * changed.
	 * @param names the files of which it is made
	 */
	static Script script(String... names) {
		return new Script(
				RedisScript.of(Stream.of(names).map(RedisScripts::read).collect(Collectors.joining()), List.class));
	}

	private static String read(String name) {
		try {
			return new ClassPathResource(name + ".lua", RedisScripts.class).getContentAsString(StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Run a script.
	 * @param keys its keys, all in one slot
	 * @param arguments its arguments, texts but for arrays of bytes
	 * @return its result, which is a list
	 */
	@SuppressWarnings("unchecked")
	Mono<List<byte[]>> run(Script script, List<String> keys, Object... arguments) {
		Mono<List<byte[]>> run = Mono.defer(() -> this.redis
			.execute(script.script(), keys.stream().map(RedisScripts::bytes).toList(),
					Arrays.stream(arguments).map(RedisScripts::bytes).toList())
			.next()
			.map((result) -> (List<byte[]>) result));
		return this.connected ? run : this.connecting.then(run);
	}

	/**
	 * Spring Data waits for the first connection, which must not hold up an event loop.
	 */
	private Mono<Void> connect(ReactiveRedisConnectionFactory connections) {
		AtomicReference<@Nullable Mono<Void>> current = new AtomicReference<>();
		return Mono.defer(() -> {
			Mono<Void> connecting = Mono.<Void>fromRunnable(() -> {
				connections.getReactiveConnection().close();
				this.connected = true;
			}).subscribeOn(Schedulers.boundedElastic()).doOnError((failure) -> current.set(null)).cache();
			return current.updateAndGet((others) -> (others != null) ? others : connecting);
		});
	}

	static byte[] bytes(Object value) {
		return (value instanceof byte[] bytes) ? bytes : String.valueOf(value).getBytes(StandardCharsets.UTF_8);
	}

	static String text(List<byte[]> values, int position) {
		return new String(values.get(position), StandardCharsets.UTF_8);
	}

	static long number(List<byte[]> values, int position) {
		return Long.parseLong(text(values, position));
	}

	/**
	 * A script whose result is a list.
	 *
	 * @param script the script as Spring knows it
	 */
	@SuppressWarnings("rawtypes")
	record Script(RedisScript<List> script) {
	}

}
