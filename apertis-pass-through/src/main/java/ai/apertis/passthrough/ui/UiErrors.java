package ai.apertis.passthrough.ui;

import java.nio.charset.StandardCharsets;

import ai.apertis.client.error.ApertisApiException;
import ai.apertis.client.error.AuthenticationException;
import ai.apertis.client.error.BillingException;
import ai.apertis.passthrough.RefusedException;
import ai.apertis.passthrough.format.ErrorFormat;
import ai.apertis.passthrough.format.ErrorResponse;
import ai.apertis.passthrough.format.OpenAiErrorFormat;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import org.springframework.http.MediaType;

/**
 * Errors for pages: a short text, as that is what the AI SDK shows to the user. It has
 * our own words, never those of the gateway.
 */
final class UiErrors implements ErrorFormat {

	private static final MediaType TEXT = new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);

	private final OpenAiErrorFormat usual = new OpenAiErrorFormat();

	@Override
	public ErrorResponse response(Throwable failure) {
		ErrorResponse response = this.usual.response(failure);
		return new ErrorResponse(response.status(), TEXT, text(failure, response).getBytes(StandardCharsets.UTF_8),
				response.retryAfter());
	}

	@Override
	public byte[] event(Throwable failure) {
		return UiEvents.of(JsonNodeFactory.instance.objectNode()
			.put("type", "error")
			.put("errorText", text(failure, this.usual.response(failure))));
	}

	private static String text(Throwable failure, ErrorResponse response) {
		boolean ownersTrouble = failure instanceof AuthenticationException || failure instanceof BillingException;
		if (failure instanceof ApertisApiException api && !ownersTrouble) {
			return ofGateway(api);
		}
		String text = JsonMapper.shared().readTree(response.body()).path("error").path("message").asString("");
		return (failure instanceof RefusedException) ? text : text + ". Please try again";
	}

	private static String ofGateway(ApertisApiException failure) {
		return switch (failure.code().orElse("")) {
			case "context_length_exceeded" -> "The conversation is too long for this language model";
			case "content_policy_violation" -> "The language model does not answer this";
			case "model_not_found", "model_access_denied" -> "This language model is not available";
			default -> switch (failure.statusCode()) {
				case 429 -> "The language model is busy. Please try again later";
				case 404 -> "This language model is not available";
				case 400, 403, 413, 422 -> "The language model cannot answer this";
				default -> "The language model cannot answer at the moment. Please try again later";
			};
		};
	}

}
