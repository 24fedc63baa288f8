package ai.apertis.passthrough.route;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.StringNode;

/**
 * The value of a member of a request's body.
 */
sealed interface BodyMember {

	/**
	 * Read the value.
	 */
	JsonNode value();

	/**
	 * Return whether the value is an array.
	 */
	boolean isArray();

	/**
	 * Write the value.
	 */
	void write(ByteArrayOutputStream out);

	/**
	 * Parse the value.
	 */
	default JsonParser parser() {
		ByteArrayOutputStream json = new ByteArrayOutputStream(size());
		write(json);
		return RequestBody.JSON.createParser(json.toByteArray());
	}

	/**
	 * Return the same value without the bytes around it.
	 */
	default BodyMember alone() {
		return this;
	}

	/**
	 * Return about how many bytes the value takes.
	 */
	int size();

	/**
	 * A piece of the bytes that came.
	 */
	record Piece(byte[] bytes, int start, int end) implements BodyMember {

		@Override
		public JsonNode value() {
			JsonNode simple = simpleValue();
			return (simple != null) ? simple : parsed();
		}

		/**
		 * Most of what is asked for needs no parser: the value has been scanned.
		 */
		private @Nullable JsonNode simpleValue() {
			return switch (this.bytes[this.start]) {
				case 't' -> BooleanNode.TRUE;
				case 'f' -> BooleanNode.FALSE;
				case 'n' -> NullNode.getInstance();
				case '"' -> isPlain()
						? StringNode.valueOf(new String(this.bytes, this.start + 1, size() - 2, StandardCharsets.UTF_8))
						: null;
				default -> null;
			};
		}

		private boolean isPlain() {
			for (int i = this.start + 1; i < this.end - 1; i++) {
				if (this.bytes[i] == '\\') {
					return false;
				}
			}
			return true;
		}

		private JsonNode parsed() {
			try {
				return RequestBody.JSON.readTree(this.bytes, this.start, size());
			}
			catch (JacksonException | NumberFormatException | ArithmeticException ex) {
				// well-formed, as it has been scanned, but beyond what a value can hold
				throw InvalidBody.outOfRange();
			}
		}

		@Override
		public BodyMember alone() {
			return new Piece(Arrays.copyOfRange(this.bytes, this.start, this.end), 0, size());
		}

		@Override
		public JsonParser parser() {
			return RequestBody.JSON.createParser(this.bytes, this.start, size());
		}

		@Override
		public boolean isArray() {
			return this.bytes[this.start] == '[';
		}

		@Override
		public void write(ByteArrayOutputStream out) {
			out.write(this.bytes, this.start, size());
		}

		@Override
		public int size() {
			return this.end - this.start;
		}

	}

	/**
	 * A value that was set.
	 */
	record Value(JsonNode value) implements BodyMember {

		private static final int USUAL_SIZE = 64;

		@Override
		public boolean isArray() {
			return this.value.isArray();
		}

		@Override
		public void write(ByteArrayOutputStream out) {
			out.writeBytes(RequestBody.JSON.writeValueAsBytes(this.value));
		}

		@Override
		public int size() {
			return USUAL_SIZE;
		}

	}

	/**
	 * An array with more elements before and behind all others.
	 */
	record Extended(List<JsonNode> first, BodyMember array, List<JsonNode> last) implements BodyMember {

		@Override
		public JsonNode value() {
			return RequestBody.JSON.createArrayNode()
				.addAll(this.first)
				.addAll((ArrayNode) this.array.value())
				.addAll(this.last);
		}

		@Override
		public boolean isArray() {
			return true;
		}

		@Override
		public void write(ByteArrayOutputStream out) {
			ByteArrayOutputStream others = new ByteArrayOutputStream(this.array.size());
			this.array.write(others);
			byte[] written = others.toByteArray();
			int start = 1;
			while (Character.isWhitespace(written[start])) {
				start++;
			}
			int end = written.length - 1;
			while (end > start && Character.isWhitespace(written[end - 1])) {
				end--;
			}
			out.write('[');
			boolean begun = write(this.first, false, out);
			if (start < end) {
				separate(begun, out);
				out.write(written, start, end - start);
				begun = true;
			}
			write(this.last, begun, out);
			out.write(']');
		}

		private static boolean write(List<JsonNode> elements, boolean begun, ByteArrayOutputStream out) {
			boolean further = begun;
			for (JsonNode element : elements) {
				separate(further, out);
				out.writeBytes(RequestBody.JSON.writeValueAsBytes(element));
				further = true;
			}
			return further;
		}

		private static void separate(boolean further, ByteArrayOutputStream out) {
			if (further) {
				out.write(',');
			}
		}

		@Override
		public int size() {
			return this.array.size() + (this.first.size() + this.last.size()) * Value.USUAL_SIZE;
		}

	}

}
