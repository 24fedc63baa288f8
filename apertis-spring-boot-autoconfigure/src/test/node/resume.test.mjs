// Streams that go on when the connection breaks or the page is loaded again, without a browser.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { State } from './state.mjs';

const origin = new URL(process.env.BASE_URL).origin;
const source = await (await fetch(new URL('/apertis/client.js', origin))).text();
const module = source.replace('import.meta.url', JSON.stringify(new URL('/apertis/client.js', origin).href));
const { chat, resume } = await import('data:text/javascript,' + encodeURIComponent(module));
const messages = [{ role: 'user', content: 'Tell me about the sea.' }];
const COUNT = Array.from({ length: 20 }, (_, i) => `${i} `).join('');

/** A network that breaks the first connections after some bytes each. */
async function unstable(breaks) {
	let connections = 0;
	const sockets = [];
	const server = createServer((down) => {
		const up = connect(new URL(origin).port, 'localhost');
		const last = ++connections > breaks;
		let bytes = 0;
		sockets.push(up, down);
		down.on('error', () => up.destroy()).on('close', () => up.destroy());
		up.on('error', () => down.destroy()).on('close', () => down.end());
		down.pipe(up);
		up.on('data', (data) => {
			down.write(data);
			bytes += data.length;
			if (!last && bytes > 1200) {
				up.destroy();
				down.destroy();
			}
		});
	});
	await new Promise((resolve) => server.listen(0, 'localhost', resolve));
	return { url: (path) => `http://localhost:${server.address().port}${path}`, close: () => {
		server.close();
		sockets.forEach((socket) => socket.destroy());
	} };
}

async function first(answer) {
	const tokens = answer[Symbol.asyncIterator]();
	await tokens.next();
	return tokens;
}

test('an answer goes on by itself when the connection breaks', async (t) => {
	const network = await unstable(2);
	t.after(network.close);
	const answer = chat({ model: 'count', messages },
		{ resumable: true, url: network.url('/apertis/v1/chat/completions') });
	const reconnects = [];
	answer.addEventListener('reconnect', ({ detail }) => reconnects.push(detail));
	await answer.finish();
	assert.equal(answer.content, COUNT);
	// how much comes before a break is up to the network
	assert.ok(reconnects.length >= 1 && reconnects.every((attempt) => attempt === 1), String(reconnects));
	assert.equal(answer.outcome, 'completed');
});

test('an answer that cannot be resumed breaks off', async (t) => {
	const network = await unstable(1);
	t.after(network.close);
	const answer = chat({ model: 'count', messages }, { url: network.url('/apertis/v1/chat/completions') });
	await assert.rejects(answer.finish(), { name: 'ChatError', outcome: 'interrupted' });
	assert.equal(answer.id, null);
});

test('an answer goes on when its page is loaded again', async () => {
	const abort = new AbortController();
	const before = chat({ model: 'count', messages }, { resumable: true });
	const ids = [];
	before.addEventListener('begin', ({ detail }) => ids.push(detail));
	await first(before);
	assert.deepEqual(ids, [before.id]);
	const after = await resume(before.id, { signal: abort.signal }).finish();
	assert.equal(after.content, COUNT);
	assert.ok(after.content.startsWith(before.content));
	assert.equal(after.usage.completion_tokens, 20);
	await assert.rejects(resume('unknown').finish(), { status: 404, code: 'stream_not_found' });
});

test('stop ends the answer at the gateway', async () => {
	const answer = chat({ model: 'endless', messages }, { resumable: true });
	await first(answer);
	answer.stop();
	const again = resume(answer.id);
	await assert.rejects(again.finish(), { code: 'stream_stopped' });
});

test('an answer that failed is not resumed', async () => {
	const answer = chat({ model: 'cut', messages }, { resumable: true });
	let reconnects = 0;
	answer.addEventListener('reconnect', () => reconnects++);
	await assert.rejects(answer.finish(), { outcome: 'interrupted', code: 'stream_interrupted' });
	assert.equal(reconnects, 0);
});

for (const version of ['ai-5-strict', 'ai-5', 'ai-6-strict', 'ai-6', 'ai-7']) {
	const ai = await import(version);
	describe(version, () => {
		class Chat extends ai.AbstractChat {
			constructor(id) {
				super({ id, transport: new ai.DefaultChatTransport({ api: `${origin}/apertis/ui/chat` }), state: new State() });
			}

			get text() {
				return this.messages.at(-1).parts.filter((part) => part.type === 'text').map((part) => part.text).join('');
			}
		}

		test('useChat goes on with an answer', async () => {
			const before = new Chat(`chat-${version}`);
			const sent = before.sendMessage({ text: 'Count.' }, { body: { model: 'count' } });
			while (before.messages.at(-1)?.role !== 'assistant' || before.text === '') {
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
			await before.stop();
			await sent;
			const after = new Chat(`chat-${version}`);
			after.messages = before.messages.slice(0, 1);
			await after.resumeStream();
			assert.equal(after.status, 'ready', after.error?.message);
			assert.equal(after.text, COUNT);
			const later = new Chat(`chat-${version}`);
			await later.resumeStream();
			assert.equal(later.status, 'ready', later.error?.message);
			assert.equal(later.messages.length, 0);
		});
	});
}
