package ai.apertis.benchmarks.gateway;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The events of an answer, in the form in which the gateway sends them.
 */
final class Events {

	private final byte[] first;

	private final byte[] event;

	private final int markOffset;

	private final List<byte[]> last;

	Events(Script script) {
		this.first = bytes(delta(switch (script.kind()) {
			case TEXT -> "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}";
			case TOOLS -> "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"call_1\","
					+ "\"type\":\"function\",\"function\":{\"name\":\"write\",\"arguments\":\"{\\\"text\\\":\\\"\"}}]}";
			case REASONING -> "{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"\"}";
		}, "null"));
		String text = " " + Mark.PLACE + " token";
		String event = delta(switch (script.kind()) {
			case TEXT -> "{\"content\":\"" + text + "\"}";
			case TOOLS -> "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"" + text + "\"}}]}";
			case REASONING -> "{\"reasoning_content\":\"" + text + "\"}";
		}, "null");
		this.event = bytes(event);
		this.markOffset = event.indexOf(Mark.PLACE) + 1;
		String end = (script.kind() == Script.Kind.TOOLS)
				? delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"}\"}}]}", "null") : "";
		String finish = delta("{}", (script.kind() == Script.Kind.TOOLS) ? "\"tool_calls\"" : "\"stop\"");
		String usage = chunk("[]", "{\"prompt_tokens\":12,\"completion_tokens\":" + script.events()
				+ ",\"total_tokens\":" + (12 + script.events()) + "}");
		this.last = List.of(bytes(end + finish), bytes(usage), bytes("data: [DONE]\n\n"));
	}

	byte[] first() {
		return this.first;
	}

	byte[] next() {
		byte[] copy = this.event.clone();
		Mark.write(copy, this.markOffset, Mark.now());
		return copy;
	}

	List<byte[]> last() {
		return this.last;
	}

	private static String delta(String delta, String finishReason) {
		return chunk("[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finishReason + "}]",
				"null");
	}

	private static String chunk(String choices, String usage) {
		return "data: {\"id\":\"chatcmpl-BMk3vYd2fX7pQ9sLw1Rt\",\"object\":\"chat.completion.chunk\","
				+ "\"created\":1767225600,\"model\":\"gpt-4o-mini\",\"service_tier\":\"default\","
				+ "\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":" + choices + ",\"usage\":" + usage + "}\n\n";
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
