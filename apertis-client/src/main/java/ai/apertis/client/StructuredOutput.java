package ai.apertis.client;

import java.util.regex.Pattern;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.FinishReason;
import ai.apertis.client.chat.ResponseFormat;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.schema.JsonSchemas;
import ai.apertis.client.schema.TypeSchema;
import tools.jackson.core.JacksonException;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Converts a completion to a Java type.
 *
 * @param <T> the type
 */
final class StructuredOutput<T> {

	private static final int MAX_NAME_LENGTH = 64;

	private static final Pattern PACKAGES = Pattern.compile("(?:\\w+[.$])+");

	private final ParameterizedTypeReference<T> type;

	private final TypeSchema schema;

	private final ChatJson json;

	StructuredOutput(ParameterizedTypeReference<T> type, JsonSchemas schemas, ChatJson json) {
		if (type.getType() == String.class) {
			throw new IllegalArgumentException(
					"An answer is text anyway, and needs no schema: use completion(), and the completion's content()");
		}
		this.type = type;
		this.schema = schemas.of(type.getType());
		this.json = json;
	}

	/**
	 * Ask for the type, unless the request asks for a form of its own.
	 */
	ChatCompletionRequest ask(ChatCompletionRequest request) {
		if (request.parameters().containsKey("response_format")) {
			return request;
		}
		String name = name().replaceAll("[^a-zA-Z0-9_-]", "_");
		return request.mutate()
			.responseFormat(ResponseFormat.jsonSchema(name.substring(0, Math.min(name.length(), MAX_NAME_LENGTH)),
					this.schema.json(), this.schema.isStrict()))
			.build();
	}

	private String name() {
		return PACKAGES.matcher(this.type.getType().getTypeName()).replaceAll("");
	}

	T read(ChatCompletion completion) {
		if (!completion.refusal().isEmpty()) {
			throw failure("The model refused to answer; its reason is the completion's refusal", completion);
		}
		if (completion.finishReason().filter(FinishReason.LENGTH::equals).isPresent()) {
			throw failure("The answer is cut off at the token limit: raise the request's maxTokens", completion);
		}
		try {
			TypeSchema.Written written = this.schema.read(completion.content());
			written.missingMember().ifPresent((missing) -> {
				throw failure(
						"The answer is no " + name() + ", as it lacks '" + missing
								+ "': the model may not keep to schemas; if it may be missing, declare it as @Nullable",
						completion);
			});
			return this.json.readValue(written.value(), this.type.getType());
		}
		catch (JacksonException ex) {
			// the parser's own message may quote content
			throw failure("The answer is no " + name() + " (" + ex.getClass().getSimpleName()
					+ "): the model may not keep to schemas; the completion has its text", completion);
		}
	}

	private static MalformedResponseException failure(String message, ChatCompletion completion) {
		MalformedResponseException failure = new MalformedResponseException(message, null);
		failure.keepPartialCompletion(completion);
		return failure;
	}

}
