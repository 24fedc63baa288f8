/**
 * Streams a chat completion from the application's pass-through.
 *
 * Yields each chunk. Returns only when the answer is whole; throws a ChatError when the
 * application or the gateway tells of an error, and when the stream ends before its done
 * marker. Abort the signal to stop it.
 */
export async function* chat(request, signal) {
	const response = await fetch('apertis/v1/chat/completions', {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ...request, stream: true }),
		signal,
	});
	if (!response.ok) {
		throw await refusal(response);
	}
	for await (const data of events(response.body)) {
		if (data === '[DONE]') {
			return;
		}
		const chunk = JSON.parse(data);
		if (chunk.error?.message) {
			throw new ChatError(chunk.error.message,
				['stream_interrupted', 'upstream_timeout'].includes(chunk.error.code) ? 'interrupted' : 'failed');
		}
		yield chunk;
	}
	throw new ChatError('The answer broke off before it was whole.', 'interrupted');
}

/** An answer that did not become whole. */
export class ChatError extends Error {
	constructor(message, outcome) {
		super(message);
		this.name = 'ChatError';
		this.outcome = outcome;
	}
}

async function refusal(response) {
	const body = await response.json().catch(() => ({}));
	const outcome = [502, 504].includes(response.status) ? 'interrupted' : 'failed';
	return new ChatError(body.error?.message ?? `The application answered with status ${response.status}.`, outcome);
}

/** Cuts the bytes of an event stream into the data of its events. */
async function* events(body) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let pending = '';
	let data = [];
	try {
		while (true) {
			const { value, done } = await read(reader);
			if (done) {
				return;
			}
			pending += value;
			// a CR at the end may be the first half of a CRLF
			const lines = pending.split(/\r\n|\n|\r(?!$)/);
			pending = lines.pop();
			for (const line of lines) {
				if (line === '' && data.length > 0) {
					yield data.join('\n');
					data = [];
				}
				else if (line.startsWith('data:')) {
					data.push(line.slice(line[5] === ' ' ? 6 : 5));
				}
			}
		}
	}
	finally {
		await reader.cancel().catch(() => {});
	}
}

async function read(reader) {
	try {
		return await reader.read();
	}
	catch (error) {
		if (error.name === 'AbortError') {
			throw error;
		}
		throw new ChatError('The connection to the application broke.', 'interrupted');
	}
}
