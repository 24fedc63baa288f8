package ai.apertis.client.observation;

import java.nio.charset.StandardCharsets;
import java.util.Set;

import ai.apertis.client.stream.ApiRequest;
import ai.apertis.client.tokens.TokenTally;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * Estimates the tokens of a prompt: its texts, the frame of each message, the tools, and
 * images, sounds and files by what OpenAI bills for them, never by their bytes in base64.
 */
final class PromptTokens {

	private static final JsonMapper JSON = JsonMapper.shared();

	/**
	 * OpenAI's cookbook: three for each message, and three before the answer. The role,
	 * which is one more, is counted as the line that ends a text.
	 */
	private static final int FRAME = 3;

	/** An image of usual size, four tiles of 170 and 85; one of low detail. */
	private static final int IMAGE = 765;

	private static final int SMALL_IMAGE = 85;

	/** Ten a second, of 24,000 samples of two bytes, or of an MP3 with 128 kbit/s. */
	private static final int WAVE_BYTES = 4_800;

	private static final int COMPRESSED_BYTES = 1_600;

	/** Of a PDF, some 800 of a page with 50 KB. */
	private static final int PDF_BYTES = 64;

	/** Of any other file, which is text as a rule. */
	private static final int FILE_BYTES = 4;

	private static final int MEDIA_TYPE_LENGTH = 40;

	private static final Set<String> TOOLS = Set.of("tools", "functions", "response_format", "prediction");

	/** A schema is told to the model in a shorter form. */
	private static final double OF_TOOLS = 0.75;

	/** What the names of strings say that are not told to the model. */
	private static final Set<String> UNREPORTED = Set.of("role", "type", "id", "tool_call_id", "detail", "format",
			"file_id", "media_type", "mime_type", "filename", "cache_control", "signature", "encrypted_content");

	/** What is longer is not counted by a tokenizer, which would take very long. */
	private static final int MAX_EXACT = 1024 * 1024;

	private final Text text;

	private final Text tools;

	private long beside;

	/** Whether the last image counts as one of usual size. */
	private boolean largeImage;

	private PromptTokens(ApiRequest request, Text text, Text tools) {
		this.text = text;
		this.tools = tools;
		byte[] json = request.json();
		Set<String> prompt = request.protocol().promptMembers();
		try (JsonParser parser = JSON.createParser(json)) {
			parser.nextToken();
			for (String name = parser.nextName(); name != null; name = parser.nextName()) {
				parser.nextToken();
				if (prompt.contains(name)) {
					prompt(name, parser, json);
				}
				else if (TOOLS.contains(name)) {
					piece(parser, json);
				}
				else {
					parser.skipChildren();
				}
			}
		}
	}

	/**
	 * Count the tokens of a request.
	 * @param request the request
	 * @param estimator counts texts, {@code null} to do so about
	 * @return the number of tokens
	 */
	static long of(ApiRequest request, @Nullable TokenEstimator estimator) {
		String model = request.model();
		if (estimator == null || request.json().length > MAX_EXACT) {
			return count(request, new Tallied(), new Tallied(), new Tallied());
		}
		return count(request, new Written(estimator, model), new Written(estimator, model),
				new Written(estimator, model));
	}

	private static long count(ApiRequest request, Text text, Text tools, Text any) {
		try {
			PromptTokens prompt = new PromptTokens(request, text, tools);
			return text.tokens() + prompt.beside + Math.round(OF_TOOLS * tools.tokens());
		}
		catch (JacksonException ex) {
			// an extra body of the caller's own making
			any.add(request.json(), 0, request.json().length);
			return any.tokens();
		}
	}

	/**
	 * All text of the messages and tools.
	 */
	static String text(ApiRequest request) {
		Written text = new Written((written, model) -> 0, null);
		try {
			PromptTokens prompt = new PromptTokens(request, text, text);
			return prompt.text.toString();
		}
		catch (JacksonException ex) {
			// an extra body of the caller's own making
			return new String(request.json(), StandardCharsets.UTF_8);
		}
	}

	/**
	 * The JSON of the tools as it stands.
	 */
	private void piece(JsonParser parser, byte[] json) {
		int start = (int) parser.currentTokenLocation().getByteOffset();
		parser.skipChildren();
		this.tools.add(json, start, (int) parser.currentLocation().getByteOffset());
	}

	/**
	 * A list of messages, or a text.
	 */
	private void prompt(String name, JsonParser parser, byte[] json) {
		if (parser.currentToken() == JsonToken.VALUE_STRING) {
			string(parser, json, name);
			return;
		}
		if (parser.currentToken() != JsonToken.START_ARRAY) {
			parser.skipChildren();
			return;
		}
		this.beside += FRAME;
		int depth = 0;
		do {
			JsonToken token = parser.currentToken();
			if (token == JsonToken.START_OBJECT && depth == 1) {
				this.beside += FRAME;
			}
			depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
			if (token == JsonToken.VALUE_STRING) {
				string(parser, json, String.valueOf(parser.currentName()));
			}
		}
		while (depth > 0 && parser.nextToken() != null);
	}

	private void string(JsonParser parser, byte[] json, String name) {
		int start = (int) parser.currentTokenLocation().getByteOffset() + 1;
		switch (name) {
			case "url", "image_url" -> {
				this.beside += IMAGE;
				this.largeImage = true;
			}
			case "detail" -> {
				// once for an image, whatever a client writes
				if (this.largeImage && "low".equals(parser.getString())) {
					this.beside -= IMAGE - SMALL_IMAGE;
					this.largeImage = false;
				}
			}
			case "data" -> this.beside += bytes(json, start) / (isWave(json, start) ? WAVE_BYTES : COMPRESSED_BYTES);
			case "file_data" -> this.beside += bytes(json, start) / (isPdf(json, start) ? PDF_BYTES : FILE_BYTES);
			default -> {
				if (!UNREPORTED.contains(name)) {
					this.text.addString(parser, json, start);
				}
			}
		}
	}

	/**
	 * How many bytes a string in base64 stands for.
	 */
	private static long bytes(byte[] json, int start) {
		int end = start;
		while (end < json.length && json[end] != '"') {
			end++;
		}
		return (end - start) * 3L / 4;
	}

	/**
	 * Return whether it says so, or begins with {@code %PDF}.
	 */
	private static boolean isPdf(byte[] json, int start) {
		String begin = new String(json, start, Math.min(MEDIA_TYPE_LENGTH, json.length - start),
				StandardCharsets.US_ASCII);
		return begin.startsWith("data:application/pdf") || begin.startsWith("JVBER");
	}

	/**
	 * Return whether it begins with {@code RIFF}.
	 */
	private static boolean isWave(byte[] json, int start) {
		return new String(json, start, Math.min(5, json.length - start), StandardCharsets.US_ASCII).equals("UklGR");
	}

	/**
	 * A text whose tokens are counted.
	 */
	private sealed interface Text {

		/**
		 * Add JSON as it stands.
		 */
		void add(byte[] json, int start, int end);

		/**
		 * Add the string that the parser is at.
		 * @param start where its characters begin
		 */
		void addString(JsonParser parser, byte[] json, int start);

		long tokens();

	}

	/**
	 * A text that is kept to be counted as a whole.
	 */
	private static final class Written implements Text {

		private final StringBuilder text = new StringBuilder();

		private final TokenEstimator estimator;

		private final @Nullable String model;

		Written(TokenEstimator estimator, @Nullable String model) {
			this.estimator = estimator;
			this.model = model;
		}

		@Override
		public void add(byte[] json, int start, int end) {
			this.text.append(new String(json, start, end - start, StandardCharsets.UTF_8));
		}

		@Override
		public void addString(JsonParser parser, byte[] json, int start) {
			this.text.append(parser.getString()).append('\n');
		}

		@Override
		public long tokens() {
			return this.text.isEmpty() ? 0 : this.estimator.tokens(this.text.toString(), this.model);
		}

		@Override
		public String toString() {
			return this.text.toString();
		}

	}

	/**
	 * A text of which nothing is kept: it may be as large as a request.
	 */
	private static final class Tallied implements Text {

		private final TokenTally tally = new TokenTally();

		private int texts;

		@Override
		public void add(byte[] json, int start, int end) {
			this.tally.addEscaped(json, start, end);
		}

		@Override
		public void addString(JsonParser parser, byte[] json, int start) {
			this.tally.addString(json, start, json.length);
			// a space costs nothing, but ends a word
			this.tally.add(" ");
			this.texts++;
		}

		@Override
		public long tokens() {
			return this.tally.tokens() + this.texts;
		}

	}

}
