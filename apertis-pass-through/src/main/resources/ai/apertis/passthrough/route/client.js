/**
 * Streams chat completions from the application that has served this file. No dependencies.
 *
 *     import { chat, ChatError } from '/apertis/client.js';
 *
 *     const answer = chat({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] });
 *     answer.addEventListener('usage', ({ detail }) => console.log(detail.total_tokens));
 *     stopButton.onclick = () => answer.stop();
 *     try {
 *         for await (const token of answer) {
 *             page.append(token);
 *         }
 *     }
 *     catch (error) {
 *         if (error instanceof ChatError) { page.append(error.message); }
 *     }
 */

const HERE = import.meta.url;

/** How long the body of a whole answer may take to end, in milliseconds. */
const ENDING = 5000;

/** How long to wait before a stream is resumed, in milliseconds, each time it breaks anew. */
const PAUSES = [1000, 2000, 4000];

/** The id of the gateway's notice that it searches the web, which is no part of the answer. */
const WEB_SEARCH = 'web-search';

/**
 * Ask for a chat completion. Nothing is sent before the answer is iterated over, or finished.
 *
 * @param {object} request the request, as OpenAI's API has it; it is always streamed, and the usage asked for
 * @param {object} [options]
 * @param {object|function(): object} [options.headers] further headers, such as one against cross-site request forgery
 * @param {AbortSignal} [options.signal] stops the answer when aborted
 * @param {string} [options.url] where to post to, if not beside this file
 * @param {boolean} [options.resumable] whether the answer goes on when the connection breaks, or the page is loaded
 * again: keep its `id`, in `sessionStorage` for example, and `resume` it. Needs `apertis.pass-through.resume.mode`
 * @returns {ChatAnswer}
 */
export function chat(request, options = {}) {
	return new ChatAnswer(request, options);
}

/**
 * Go on with an answer that was begun by `chat` with `resumable`, from its beginning.
 *
 * @param {string} id the answer's id
 * @param {object} [options] as for chat; `url` is where the streams are
 * @returns {ChatAnswer} an answer, which fails with status 404 if there is none any more
 */
export function resume(id, options = {}) {
	return new ChatAnswer(null, { ...options, streams: options.url, resumable: true }, id);
}

/**
 * Ask which models there are.
 *
 * @param {object} [options] as for chat
 * @returns {Promise<string[]>} their ids
 * @throws {ChatError}
 */
export async function models(options = {}) {
	const response = await reach(options.url ?? new URL('v1/models', HERE),
		{ headers: headersOf(options), signal: options.signal });
	if (!response.ok) {
		throw await refusal(response);
	}
	const list = await response.json().catch(() => null);
	if (!Array.isArray(list?.data)) {
		throw new ChatError('The application answered with something that is no list of models.');
	}
	return list.data.map((model) => model.id);
}

/**
 * An answer that did not become whole.
 *
 * `outcome` is `failed` or `interrupted`; `status` the HTTP status, if there was one; `type`, `code` and `param` say
 * why, in OpenAI's words; `retryAfter` is in how many seconds the same request may succeed. A redirect, as to a login
 * page, has the code `redirected`; a response that is no event stream the code `not_an_event_stream`, and its media type
 * for `type`.
 */
export class ChatError extends Error {

	constructor(message, { outcome = 'failed', status, type, code, param, retryAfter } = {}) {
		super(message);
		this.name = 'ChatError';
		Object.assign(this, { outcome, status, type, code, param, retryAfter });
	}

}

/**
 * One answer. Iterate over it once for its tokens; it ends when the answer is whole or was stopped, and throws a
 * ChatError otherwise.
 *
 * Events, each with what it tells in `detail`: `begin` (the id, or null), `chunk` (each chunk as it came), `token`
 * (text), `reasoning` (text), `usage` (the usage), `reconnect` (how often it was tried), and in the end one of `complete`, `stop` (nothing) and `error` (the ChatError).
 */
export class ChatAnswer extends EventTarget {

	/** All tokens of the first choice so far. */
	content = '';

	/** All reasoning so far. */
	reasoning = '';

	/** The last usage that was told, or null. */
	usage = null;

	/** Why the answer ended, in the provider's word, or null. */
	finishReason = null;

	/** The id to resume the answer by, once it has begun, or null if it cannot be resumed. */
	id = null;

	/** `streaming`, then `completed`, `failed`, `interrupted` or `cancelled`. */
	outcome = 'streaming';

	#request;

	#options;

	#abort = new AbortController();

	#begun = false;

	#half = '';

	/** How many events have come. */
	#received = 0;

	constructor(request, options, id = null) {
		super();
		this.#request = request;
		this.#options = options;
		this.id = id;
	}

	/** Stop the answer: the iteration ends, and the application closes its connection to the gateway. */
	stop() {
		if (this.id !== null && !this.#abort.signal.aborted && this.outcome === 'streaming') {
			// to hang up would not end it
			fetch(this.#stream(), { method: 'DELETE', headers: headersOf(this.#options), keepalive: true })
				.catch(() => undefined);
		}
		this.#abort.abort();
	}

	/**
	 * Read the answer to its end, for those who listen to its events.
	 *
	 * @returns {Promise<ChatAnswer>} this answer
	 */
	async finish() {
		for await (const _ of this) {
			// the events tell
		}
		return this;
	}

	async *[Symbol.asyncIterator]() {
		if (this.#begun) {
			throw new TypeError('An answer can be read only once');
		}
		this.#begun = true;
		const signal = this.#options.signal;
		const stop = () => this.stop();
		signal?.addEventListener('abort', stop);
		try {
			if (signal?.aborted) {
				stop();
			}
			yield* this.#tokens();
			this.#end('completed', 'complete');
		}
		catch (error) {
			if (this.#abort.signal.aborted) {
				this.#end('cancelled', 'stop');
			}
			else {
				this.#end(error.outcome ?? 'failed', 'error', error);
				throw error;
			}
		}
		finally {
			if (this.outcome !== 'completed') {
				// whoever left the loop early wants no more
				this.stop();
				this.#end('cancelled', 'stop');
			}
			signal?.removeEventListener('abort', stop);
		}
	}

	async *#tokens() {
		let failures = 0;
		let response = null;
		while (true) {
			const before = this.#received;
			try {
				response = (this.id === null) ? await this.#ask() : await this.#askAgain();
				for await (const data of events(response.body)) {
					if (data === '[DONE]') {
						return;
					}
					for (const token of this.#take(parsed(data))) {
						// what else has come already is not wanted any more
						this.#abort.signal.throwIfAborted();
						yield token;
					}
					this.#received++;
					this.#abort.signal.throwIfAborted();
				}
				throw new ChatError('The answer broke off before it was whole.',
					{ outcome: 'interrupted', code: BROKEN });
			}
			catch (error) {
				failures = (this.#received > before) ? 1 : failures + 1;
				if (this.id === null || !isWorthAnotherTry(error, failures) || failures > PAUSES.length) {
					throw error;
				}
				this.#tell('reconnect', failures);
				await pause(PAUSES[failures - 1] * (0.5 + Math.random()), this.#abort.signal);
			}
		}
	}

	async #ask() {
		const headers = { 'Content-Type': 'application/json', ...headersOf(this.#options) };
		if (this.#options.resumable) {
			headers['Apertis-Stream'] = 'resumable';
		}
		const response = await reach(this.#options.url ?? new URL('v1/chat/completions', HERE), {
			method: 'POST',
			headers,
			body: JSON.stringify({ stream_options: { include_usage: true }, ...this.#request, stream: true }),
			signal: this.#abort.signal,
		});
		await requireAnswer(response);
		this.id = response.headers.get('Apertis-Stream-Id');
		this.#tell('begin', this.id);
		return response;
	}

	async #askAgain() {
		const url = this.#stream();
		if (this.#received > 0) {
			url.searchParams.set('starting_after', this.#received);
		}
		const response = await reach(url, { headers: headersOf(this.#options), signal: this.#abort.signal });
		if (response.status === 204) {
			throw new ChatError('Nothing is left of the answer.', { outcome: 'interrupted', status: 204 });
		}
		await requireAnswer(response);
		return response;
	}

	/** Where the answer is resumed and stopped: beside where it was asked for. */
	#stream() {
		const asked = new URL(this.#options.url ?? new URL('v1/chat/completions', HERE), HERE);
		const streams = this.#options.streams ?? new URL('v1/streams/', asked.href.replace(/v1\/chat\/completions.*$/, ''));
		return new URL(encodeURIComponent(this.id), new URL(streams, HERE));
	}

	*#take(chunk) {
		if (isError(chunk.error)) {
			throw told(chunk.error);
		}
		this.#tell('chunk', chunk);
		if (chunk.usage) {
			this.usage = chunk.usage;
			this.#tell('usage', chunk.usage);
		}
		if (chunk.id === WEB_SEARCH) {
			return;
		}
		const choice = chunk.choices?.find((candidate) => (candidate.index ?? 0) === 0);
		this.finishReason = choice?.finish_reason || this.finishReason;
		const reasoning = choice?.delta?.reasoning_content || choice?.delta?.reasoning;
		if (typeof reasoning === 'string' && reasoning !== '') {
			this.reasoning += reasoning;
			this.#tell('reasoning', reasoning);
		}
		const token = this.#whole(textOf(choice?.delta?.content));
		if (token !== '') {
			this.content += token;
			this.#tell('token', token);
			yield token;
		}
	}

	/** Keeps half a surrogate pair back until the other one comes. */
	#whole(text) {
		if (text === '') {
			return text;
		}
		const whole = this.#half + text;
		this.#half = /[\uD800-\uDBFF]$/.test(whole) ? whole.at(-1) : '';
		return this.#half === '' ? whole : whole.slice(0, -1);
	}

	#end(outcome, event, detail) {
		if (this.outcome === 'streaming') {
			this.outcome = outcome;
			this.#tell(event, detail);
		}
	}

	#tell(event, detail) {
		this.dispatchEvent(new CustomEvent(event, { detail }));
	}

}

/** What the connection's failures have for their code, whereas those that the application tells have its own. */
const BROKEN = 'connection_broken';

/** The answer itself may be in order where only the connection, or the instance of the application, is not. */
function isWorthAnotherTry(error, failures) {
	return error.code === BROKEN || [502, 503, 504].includes(error.status)
		|| (error.code === 'server_shutdown' && failures === 1);
}

async function pause(millis, signal) {
	await new Promise((resolve) => {
		const timer = setTimeout(resolve, millis);
		signal.addEventListener('abort', () => {
			clearTimeout(timer);
			resolve();
		}, { once: true });
	});
	signal.throwIfAborted();
}

async function requireAnswer(response) {
	if (!response.ok) {
		throw await refusal(response);
	}
	requireStream(response);
}

/** Some providers send content in parts, of which those of text are its text. */
function textOf(content) {
	if (Array.isArray(content)) {
		return content.map((part) => part.type === 'text' && typeof part.text === 'string' ? part.text : '').join('');
	}
	return typeof content === 'string' ? content : '';
}

function parsed(data) {
	try {
		return JSON.parse(data);
	}
	catch {
		throw new ChatError('The application sent an event that cannot be read.');
	}
}

function headersOf(options) {
	return typeof options.headers === 'function' ? options.headers() : options.headers;
}

/** A redirect is not followed: it would end at a page, or fail at another host's rules, and seem to be something else. */
async function reach(url, init) {
	let response;
	try {
		response = await fetch(url, { ...init, redirect: 'manual' });
	}
	catch (error) {
		throw broken(error, 'The application cannot be reached.');
	}
	if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
		response.body?.cancel().catch(() => undefined);
		throw new ChatError('The application redirects, probably to its login page; the session may be over.',
			{ status: response.status || undefined, code: 'redirected' });
	}
	return response;
}

function broken(error, message) {
	return error.name === 'AbortError' ? error : new ChatError(message, { outcome: 'interrupted', code: BROKEN });
}

async function refusal(response) {
	const body = await response.json().catch(() => ({}));
	const outcome = [502, 504].includes(response.status) ? 'interrupted' : 'failed';
	const { message, type, code, param } = body.error ?? {};
	return new ChatError(message ?? `The application answered with status ${response.status}.`, {
		outcome, status: response.status, type, code, param,
		retryAfter: Number(response.headers.get('Retry-After')) || undefined,
	});
}

/** A login page, for example, where the session is over, comes with status 200. */
function requireStream(response) {
	const type = (response.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase();
	if (type !== 'text/event-stream') {
		response.body?.cancel().catch(() => undefined);
		throw new ChatError(`The application answered with ${type || 'something'} where a stream was expected;`
			+ ' the session may be over.', { status: response.status, type, code: 'not_an_event_stream' });
	}
}

/** Some providers send an error object without anything in it, which is none. */
function isError(error) {
	return Boolean(error && (typeof error !== 'object' || error.message || error.code || error.type));
}

function told(error) {
	const interrupted = ['stream_interrupted', 'upstream_timeout', 'upstream_unreachable', 'server_shutdown'];
	return new ChatError(String(error.message ?? error.code ?? error.type ?? error), {
		outcome: interrupted.includes(error.code) ? 'interrupted' : 'failed',
		type: error.type, code: error.code, param: error.param,
	});
}

/** Cuts the bytes of an event stream into the data of its events. */
async function* events(body) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let pending = '';
	let afterCr = false;
	let data = [];
	let whole = false;
	try {
		while (true) {
			const { value, done } = await reader.read().catch((error) => {
				throw broken(error, 'The connection to the application broke.');
			});
			if (done) {
				return;
			}
			// a CR ends a line at once; an LF that comes behind it in the next read belongs to it
			pending += afterCr && value.startsWith('\n') ? value.slice(1) : value;
			afterCr = value.endsWith('\r');
			const lines = pending.split(/\r\n|\n|\r/);
			pending = lines.pop();
			for (const line of lines) {
				if (line === '' && data.length > 0) {
					const event = data.join('\n');
					data = [];
					whole = event === '[DONE]';
					yield event;
				}
				else if (line.startsWith('data:')) {
					data.push(line.slice(line[5] === ' ' ? 6 : 5));
				}
			}
		}
	}
	finally {
		if (whole) {
			await ended(reader);
		}
		await reader.cancel().catch(() => undefined);
	}
}

/** Lets a body end by itself, as it is about to: its connection can serve the next request then. */
async function ended(reader) {
	let timer;
	const patience = new Promise((resolve) => {
		timer = setTimeout(() => resolve({ done: true }), ENDING);
	});
	const read = () => reader.read().catch(() => ({ done: true }));
	while (!(await Promise.race([read(), patience])).done) {
		// what comes behind the end is nothing
	}
	clearTimeout(timer);
}
