// The module that the pass-through serves, outside of a browser.
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import { test } from 'node:test';

const origin = new URL(process.env.BASE_URL).origin;
const source = await (await fetch(new URL('/apertis/client.js', origin))).text();
// a module from a data URL knows no place beside it
const module = source.replace('import.meta.url', JSON.stringify(new URL('/apertis/client.js', origin).href));
const { chat, models, ChatError } = await import('data:text/javascript,' + encodeURIComponent(module));
const messages = [{ role: 'user', content: 'Tell me about the sea.' }];

function heard(answer) {
	const events = [];
	for (const name of ['chunk', 'token', 'reasoning', 'usage', 'complete', 'stop', 'error']) {
		answer.addEventListener(name, ({ detail }) => events.push([name, detail]));
	}
	return events;
}

test('yields tokens and tells the usage', async () => {
	const answer = chat({ model: 'gpt-4o-mini', messages });
	const events = heard(answer);
	const tokens = [];
	for await (const token of answer) {
		tokens.push(token);
	}
	assert.ok(tokens.length > 5);
	assert.equal(answer.content, tokens.join(''));
	assert.equal(answer.outcome, 'completed');
	assert.equal(answer.finishReason, 'stop');
	assert.ok(answer.usage.completion_tokens > 5);
	assert.deepEqual(events.filter(([name]) => name === 'usage').map(([, usage]) => usage), [answer.usage]);
	assert.deepEqual(events.filter(([name]) => name === 'token').map(([, token]) => token), tokens);
	assert.equal(events.at(-1)[0], 'complete');
	await assert.rejects(answer.finish(), TypeError);
});

test('tells reasoning apart', async () => {
	const answer = await chat({ model: 'simulated-reasoning', messages }).finish();
	assert.match(answer.reasoning, /question is simple/);
	assert.doesNotMatch(answer.content, /question is simple/);
});

test('stops from outside, by a signal, and when its loop is left', async () => {
	const abort = new AbortController();
	for (const [options, stop] of [[{}, (answer) => answer.stop()], [{ signal: abort.signal }, () => abort.abort()]]) {
		const answer = chat({ model: 'endless', messages }, options);
		const events = heard(answer);
		let received = 0;
		for await (const _ of answer) {
			if (++received === 5) {
				stop(answer);
			}
		}
		assert.ok(received >= 5);
		assert.equal(answer.outcome, 'cancelled');
		assert.equal(events.at(-1)[0], 'stop');
	}
	const left = chat({ model: 'endless', messages });
	for await (const _ of left) {
		break;
	}
	assert.equal(left.outcome, 'cancelled');
	const never = chat({ model: 'endless', messages }, { signal: AbortSignal.abort() });
	assert.equal((await never.finish()).outcome, 'cancelled');
});

test('takes every shape of a stream', async () => {
	for (const [model, content] of [['carriage-returns', 'Hello'], ['two-choices', 'Hello'], ['parts', 'Hello'],
		['web-search', 'Hello'], ['odd-cuts', 'Hello']]) {
		const answer = await chat({ model, messages }).finish();
		assert.equal(answer.content, content, model);
		assert.equal(answer.outcome, 'completed', model);
	}
	await assert.rejects(chat({ model: 'no-json', messages }).finish(), { name: 'ChatError' });
	await assert.rejects(models({ url: new URL('/apertis/client.js', origin) }), { name: 'ChatError' });
});

test('yields no half of a character', async () => {
	const tokens = [];
	for await (const token of chat({ model: 'half-characters', messages })) {
		tokens.push(token);
	}
	assert.deepEqual(tokens, ['owl ', '\u{1F989}!']);
});

test('tells a login page from an answer', async () => {
	const login = createServer((request, response) => {
		response.writeHead(200, { 'Content-Type': 'text/html;charset=UTF-8' }).end('<h1>Please sign in</h1>');
	});
	await new Promise((resolve) => login.listen(0, 'localhost', resolve));
	const url = `http://localhost:${login.address().port}/login`;
	await assert.rejects(chat({ model: 'm', messages }, { url }).finish(), (error) => {
		assert.ok(error instanceof ChatError);
		assert.equal(error.code, 'not_an_event_stream');
		assert.equal(error.status, 200);
		assert.equal(error.type, 'text/html');
		return true;
	});
	login.close();
});

test('tells a redirect from an answer, whatever it leads to', async () => {
	const redirecting = createServer((request, response) => {
		response.writeHead(302, { Location: 'http://login.invalid/sign-in' }).end();
	});
	await new Promise((resolve) => redirecting.listen(0, 'localhost', resolve));
	const url = `http://localhost:${redirecting.address().port}/v1`;
	for (const call of [() => chat({ model: 'm', messages }, { url }).finish(), () => models({ url })]) {
		await assert.rejects(call(), (error) => {
			assert.ok(error instanceof ChatError);
			assert.equal(error.code, 'redirected');
			assert.equal(error.outcome, 'failed');
			assert.match(error.message, /login page/);
			return true;
		});
	}
	redirecting.close();
});

test('keeps the connection of a stream that is whole', async () => {
	let connected = 0;
	subscribe('undici:client:connected', () => connected++);
	for (let i = 0; i < 6; i++) {
		const answer = await chat({ model: 'burst', messages }).finish();
		assert.equal(answer.content, 'Hello!');
		assert.equal(answer.outcome, 'completed');
	}
	assert.ok(connected <= 1, `${connected} connections for six answers`);
});

test('does not wait for a body that does not end behind its end', async () => {
	const open = createServer((request, response) => {
		response.writeHead(200, { 'Content-Type': 'text/event-stream' })
			.write('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
	});
	await new Promise((resolve) => open.listen(0, 'localhost', resolve));
	const answer = await chat({ model: 'm', messages }, { url: `http://localhost:${open.address().port}/` }).finish();
	assert.equal(answer.content, 'a');
	assert.equal(answer.outcome, 'completed');
	open.closeAllConnections();
	open.close();
});

test('yields nothing of what has come already when it is stopped', async () => {
	const answer = chat({ model: 'burst', messages });
	const tokens = [];
	for await (const token of answer) {
		tokens.push(token);
		answer.stop();
	}
	assert.equal(tokens.length, 1);
	assert.equal(answer.outcome, 'cancelled');
});

test('throws what went wrong, and tells it', async () => {
	for (const [model, outcome, status, received] of [['simulated-rate-limit', 'failed', 429, false],
		['forbidden', 'failed', 403, false], ['simulated-error', 'failed', undefined, true],
		['simulated-cut', 'interrupted', undefined, true]]) {
		const answer = chat({ model, messages });
		const events = heard(answer);
		const error = await answer.finish().then(() => assert.fail(model), (thrown) => thrown);
		assert.ok(error instanceof ChatError, String(error));
		assert.equal(error.status, status);
		assert.equal(error.outcome, outcome);
		assert.equal(answer.outcome, outcome);
		assert.equal(answer.content !== '', received);
		assert.deepEqual(events.at(-1), ['error', error]);
		assert.equal(error.retryAfter, model === 'simulated-rate-limit' ? 300 : undefined);
	}
	const nobody = chat({ model: 'm', messages }, { url: 'http://127.0.0.1:9/' });
	await assert.rejects(nobody.finish(), { name: 'ChatError', outcome: 'interrupted' });
});

test('sends headers', async () => {
	const refused = chat({ model: 'm', messages }, { headers: () => ({ 'Content-Type': 'text/plain' }) });
	await assert.rejects(refused.finish(), { status: 415, code: 'unsupported_media_type' });
});

test('lists models', async () => {
	assert.ok((await models()).includes('gpt-4o-mini'));
	await assert.rejects(models({ url: new URL('/nowhere', origin) }), { name: 'ChatError', status: 404 });
});
