package ai.apertis.benchmarks.client;

import java.util.Arrays;

import ai.apertis.benchmarks.gateway.Script;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import reactor.netty.http.client.HttpClient;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The least that reads content: lines are looked for in the bytes, and the content in
 * each by a pull parser. It knows nothing of errors, endings, usage or other encodings.
 */
final class Floor implements Reader {

	private final HttpClient client;

	private final JsonFactory json = new JsonFactory();

	Floor(int port) {
		this.client = HttpClient.create().baseUrl("http://127.0.0.1:" + port + "/v1");
	}

	@Override
	public void read(Script script, Runnable chunk) {
		Lines lines = new Lines(chunk);
		this.client.headers((headers) -> headers.set("Content-Type", "application/json"))
			.post()
			.uri("/chat/completions")
			.send((request, outbound) -> outbound.sendObject(Unpooled.wrappedBuffer(script.request())))
			.responseContent()
			.doOnNext(lines::read)
			.blockLast();
	}

	private final class Lines {

		private final Runnable chunk;

		private byte[] bytes = new byte[4096];

		private int end;

		Lines(Runnable chunk) {
			this.chunk = chunk;
		}

		void read(ByteBuf buffer) {
			int length = buffer.readableBytes();
			if (this.bytes.length - this.end < length) {
				this.bytes = Arrays.copyOf(this.bytes, 2 * this.bytes.length + length);
			}
			buffer.readBytes(this.bytes, this.end, length);
			this.end += length;
			int start = 0;
			for (int i = 0; i < this.end; i++) {
				if (this.bytes[i] == '\n') {
					if (i - start > 6 && this.bytes[start + 6] == '{') {
						content(start + 6, i - start - 6);
					}
					start = i + 1;
				}
			}
			System.arraycopy(this.bytes, start, this.bytes, 0, this.end - start);
			this.end -= start;
		}

		private void content(int start, int length) {
			try (JsonParser parser = Floor.this.json.createParser(ObjectReadContext.empty(), this.bytes, start,
					length)) {
				for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
					if (token == JsonToken.PROPERTY_NAME && parser.currentName().equals("content")) {
						parser.nextToken();
						parser.getString();
					}
				}
			}
			this.chunk.run();
		}

	}

}
