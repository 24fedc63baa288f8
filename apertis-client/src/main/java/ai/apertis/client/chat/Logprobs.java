package ai.apertis.client.chat;

import java.util.List;

import tools.jackson.databind.JsonNode;

/**
 * Log probabilities of the tokens of a choice.
 *
 * @param content the tokens of the content
 * @param refusal the tokens of the refusal
 */
public record Logprobs(List<Token> content, List<Token> refusal) {

	public Logprobs {
		content = List.copyOf(content);
		refusal = List.copyOf(refusal);
	}

	static Logprobs of(JsonNode json) {
		return new Logprobs(tokens(json.path("content")), tokens(json.path("refusal")));
	}

	private static List<Token> tokens(JsonNode tokens) {
		return tokens.valueStream().map(Token::of).toList();
	}

	/**
	 * Return the sizes, not the content.
	 */
	@Override
	public String toString() {
		return "Logprobs[content=" + this.content.size() + " tokens, refusal=" + this.refusal.size() + " tokens]";
	}

	/**
	 * A token, and how probable it was.
	 *
	 * @param token the token's text
	 * @param logprob the logarithm of its probability
	 * @param bytes its UTF-8 bytes, of which a character may take several tokens; empty
	 * if not told
	 * @param alternatives the most probable tokens at its place, as many as were
	 * requested for
	 */
	public record Token(String token, double logprob, List<Integer> bytes, List<Token> alternatives) {

		public Token {
			bytes = List.copyOf(bytes);
			alternatives = List.copyOf(alternatives);
		}

		static Token of(JsonNode json) {
			return new Token(json.path("token").asString(""), json.path("logprob").asDouble(0),
					json.path("bytes").valueStream().map((value) -> value.asInt(0)).toList(),
					tokens(json.path("top_logprobs")));
		}

		/**
		 * Return the probability, not the text.
		 */
		@Override
		public String toString() {
			return "Token[logprob=" + this.logprob + "]";
		}

	}

}
