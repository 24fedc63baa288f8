package ai.apertis.client;

import ai.apertis.client.chat.ChatCompletion;
import ai.apertis.client.chat.ChatCompletionRequest;
import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.chat.FinishReason;
import ai.apertis.client.chat.ResponseFormat;
import ai.apertis.client.error.MalformedResponseException;
import ai.apertis.client.schema.JsonSchemas;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * An answer that is to be a value of a Java type.
 *
 * @param <T> the type
 */
final class StructuredOutput<T> {

	private static final String FENCE = "```";

	private static final int LONGEST_NAME = 64;

	private final Class<T> type;

	private final JsonSchemas schemas;

	private final JsonNode schema;

	private final ChatJson json;

	StructuredOutput(Class<T> type, JsonSchemas schemas, ChatJson json) {
		this.type = type;
		this.schema = schemas.of(type);
		this.schemas = schemas;
		this.json = json;
	}

	/**
	 * Ask for the type, unless the request asks for a form of its own.
	 */
	ChatCompletionRequest ask(ChatCompletionRequest request) {
		if (request.parameters().containsKey("response_format")) {
			return request;
		}
		String name = this.type.getSimpleName().replaceAll("[^a-zA-Z0-9_-]", "_");
		return request.mutate()
			.responseFormat(
					ResponseFormat.jsonSchema(name.substring(0, Math.min(name.length(), LONGEST_NAME)), this.schema))
			.build();
	}

	T read(ChatCompletion completion) {
		if (!completion.refusal().isEmpty()) {
			throw failure("The model refused to answer; its reason is the completion's refusal", completion);
		}
		if (completion.finishReason().filter(FinishReason.LENGTH::equals).isPresent()) {
			throw failure("The answer is cut off at the token limit: raise the request's maxTokens", completion);
		}
		try {
			JsonNode value = this.json.readTree(unfenced(completion.content().strip()));
			this.schemas.missingMember(this.type, value).ifPresent((missing) -> {
				throw failure(
						"The answer is no " + this.type.getSimpleName() + ", as it lacks '" + missing
								+ "': the model may not keep to schemas; if it may be missing, declare it as @Nullable",
						completion);
			});
			return this.json.readValue(value, this.type);
		}
		catch (JacksonException ex) {
			// the parser's own message may quote content
			throw failure("The answer is no " + this.type.getSimpleName() + " (" + ex.getClass().getSimpleName()
					+ "): the model may not keep to schemas; the completion has its text", completion);
		}
	}

	/**
	 * Some models put JSON between fences, whatever they are asked for.
	 */
	private static String unfenced(String text) {
		int firstLineEnd = text.indexOf('\n');
		boolean fenced = firstLineEnd > 0 && text.startsWith(FENCE) && text.endsWith(FENCE)
				&& firstLineEnd < text.length() - FENCE.length();
		return fenced ? text.substring(firstLineEnd, text.length() - FENCE.length()) : text;
	}

	private static MalformedResponseException failure(String message, ChatCompletion completion) {
		MalformedResponseException failure = new MalformedResponseException(message, null);
		failure.keepPartialCompletion(completion);
		return failure;
	}

}
