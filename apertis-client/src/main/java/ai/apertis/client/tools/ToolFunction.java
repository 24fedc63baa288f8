package ai.apertis.client.tools;

import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;

import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.Tool;
import ai.apertis.client.chat.ToolCall;
import ai.apertis.client.schema.JsonSchemas;
import ai.apertis.client.schema.TypeSchema;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Java function that a model may call.
 *
 * @param tool how it is declared to the model
 * @param function what is done for a call: gives the text that the model gets for it; an
 * empty result is an empty text
 */
public record ToolFunction(Tool tool, Function<ToolCall, Mono<String>> function) {

	private static final ChatJson JSON = ChatJson.strict();

	/**
	 * Declare a function that may block. It is run by a thread for blocking work.
	 * @param name its name: letters, digits, {@code _} and {@code -}, at most 64
	 * @param description what it does, for the model to decide
	 * @param parameters the type of its parameters, a record as a rule, of which the
	 * model is given the JSON schema
	 * @param function the function; what it returns is sent as it is if it is a text, and
	 * else as JSON
	 * @param <T> the type of its parameters
	 * @return the function
	 * @throws IllegalArgumentException if the type is none that is written as a JSON
	 * object
	 * @throws IllegalStateException if the library that makes schemas is not there
	 */
	public static <T> ToolFunction of(String name, String description, Class<T> parameters,
			Function<? super T, ?> function) {
		return reactive(name, description, parameters,
				(arguments) -> Mono.<Object>fromCallable(() -> sound(() -> function.apply(arguments)))
					.subscribeOn(Schedulers.boundedElastic()));
	}

	/**
	 * Declare a function without parameters, which may block.
	 * @param name its name: letters, digits, {@code _} and {@code -}, at most 64
	 * @param description what it does, for the model to decide
	 * @param function the function; what it returns is sent as it is if it is a text, and
	 * else as JSON
	 * @return the function
	 */
	public static ToolFunction of(String name, String description, Supplier<?> function) {
		return new ToolFunction(Tool.of(name, description),
				(call) -> Mono.<Object>fromCallable(() -> sound(function::get))
					.subscribeOn(Schedulers.boundedElastic())
					.map(ToolFunction::text));
	}

	/**
	 * Declare a function that does not block.
	 * @param name its name: letters, digits, {@code _} and {@code -}, at most 64
	 * @param description what it does, for the model to decide
	 * @param parameters the type of its parameters, a record as a rule, of which the
	 * model is given the JSON schema
	 * @param function the function; what it gives is sent as it is if it is a text, and
	 * else as JSON
	 * @param <T> the type of its parameters
	 * @return the function
	 * @throws IllegalArgumentException if the type is none that is written as a JSON
	 * object
	 * @throws IllegalStateException if the library that makes schemas is not there
	 */
	public static <T> ToolFunction reactive(String name, String description, Class<T> parameters,
			Function<? super T, ? extends Mono<?>> function) {
		TypeSchema schema = new JsonSchemas().ofObject(parameters);
		return new ToolFunction(Tool.of(name, description, schema.json()),
				(call) -> Mono.fromCallable(() -> sound(() -> arguments(call, parameters, schema)))
					.<Mono<?>>map((arguments) -> applied(function, arguments))
					.flatMap(Function.identity())
					.map(ToolFunction::text));
	}

	private static <T> Mono<?> applied(Function<? super T, ? extends Mono<?>> function, T arguments) {
		try {
			return sound(() -> function.apply(arguments));
		}
		catch (Exception ex) {
			return Mono.error(ex);
		}
	}

	/**
	 * Reactor takes these errors for the end of the virtual machine, without notice:
	 * whoever waits for the function would wait for ever.
	 */
	private static <T> T sound(Callable<T> code) throws Exception {
		try {
			return code.call();
		}
		catch (LinkageError | StackOverflowError ex) {
			throw new IllegalStateException("The function cannot run: " + ex.getClass().getSimpleName(), ex);
		}
	}

	private static <T> T arguments(ToolCall call, Class<T> type, TypeSchema schema) {
		TypeSchema.Written arguments = schema.read(call.argumentsOrEmpty());
		arguments.missingMember().ifPresent((missing) -> {
			throw new IllegalArgumentException("The argument '" + missing + "' is missing");
		});
		return JSON.readValue(arguments.value(), type);
	}

	private static String text(Object result) {
		return (result instanceof String text) ? text : JSON.writeValue(result);
	}

}
