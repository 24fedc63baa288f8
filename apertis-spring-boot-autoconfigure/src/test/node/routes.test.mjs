// The SDKs of OpenAI and Anthropic on Responses and Messages, unchanged but for their base URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const baseURL = process.env.BASE_URL;
const openai = new OpenAI({ baseURL, apiKey: 'not-a-key', maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ''), apiKey: 'not-a-key', maxRetries: 0 });
const messages = [{ role: 'user', content: 'Tell me about the sea.' }];

function response(model, more = {}) {
	return openai.responses.stream({ model, input: 'Tell me about the sea.', ...more });
}

function message(model, more = {}) {
	return anthropic.messages.stream({ model, max_tokens: 100, messages, ...more });
}

async function collect(stream) {
	const events = [];
	for await (const event of stream) {
		events.push(event);
	}
	return events;
}

test('Responses: streams a text', async () => {
	const stream = response('routes-text');
	let text = '';
	stream.on('response.output_text.delta', (event) => (text += event.delta));
	const final = await stream.finalResponse();
	assert.equal(text, 'Hello');
	assert.equal(final.status, 'completed');
	assert.equal(final.usage.output_tokens, 5);
});

test('Responses: calls a tool', async () => {
	const tools = [{ type: 'function', name: 'weather', strict: false, parameters: { type: 'object', properties: { file_id: { type: 'string' } } } }];
	const final = await response('routes-tool', { tools }).finalResponse();
	assert.equal(final.output[0].type, 'function_call');
	assert.equal(final.output[0].name, 'weather');
	assert.deepEqual(JSON.parse(final.output[0].arguments), { city: 'Paris' });
});

test('Responses: a stream that is cut off fails', async () => {
	await assert.rejects(collect(await openai.responses.create({ model: 'routes-cut', input: 'x', stream: true })), (error) => {
		assert.ok(error instanceof OpenAI.APIError, String(error));
		assert.match(error.message, /cut off/);
		return true;
	});
});

test('Responses: an error in the stream is thrown', async () => {
	await assert.rejects(collect(await openai.responses.create({ model: 'routes-overloaded', input: 'x', stream: true })), (error) => {
		assert.ok(error instanceof OpenAI.APIError, String(error));
		assert.match(error.message, /overloaded/i);
		return true;
	});
});

test('Responses: refusals and errors have their classes', async () => {
	await assert.rejects(openai.responses.create({ model: 'routes-text', input: 'x', previous_response_id: 'resp_other' }), (error) => {
		assert.ok(error instanceof OpenAI.BadRequestError);
		assert.equal(error.param, 'previous_response_id');
		return true;
	});
	await assert.rejects(openai.responses.create({ model: 'routes-busy', input: 'x' }), OpenAI.RateLimitError);
});

test('Messages: streams a text', async () => {
	const stream = message('routes-text');
	let text = '';
	stream.on('text', (delta) => (text += delta));
	const final = await stream.finalMessage();
	assert.equal(text, 'Hello');
	assert.equal(final.stop_reason, 'end_turn');
	assert.equal(final.usage.output_tokens, 5);
});

test('Messages: thinks, and calls a tool', async () => {
	const tools = [{ name: 'weather', input_schema: { type: 'object', properties: { file_id: { type: 'string' } } } }];
	const final = await message('routes-tool', { tools }).finalMessage();
	assert.deepEqual(final.content.map((block) => block.type), ['thinking', 'tool_use']);
	assert.deepEqual(final.content[1].input, { city: 'Paris' });
	assert.equal(final.stop_reason, 'tool_use');
});

test('Messages: a stream that is cut off fails', async () => {
	await assert.rejects(message('routes-cut').finalMessage(), (error) => {
		assert.ok(error instanceof Anthropic.APIError, String(error));
		assert.match(error.message, /cut off/);
		return true;
	});
});

test('Messages: an error in the stream is thrown', async () => {
	await assert.rejects(message('routes-overloaded').finalMessage(), (error) => {
		assert.ok(error instanceof Anthropic.APIError, String(error));
		assert.match(error.message, /overloaded_error/);
		return true;
	});
});

test('Messages: refusals and errors have their classes', async () => {
	await assert.rejects(anthropic.messages.create({ model: 'routes-text', max_tokens: 10, messages, container: 'c' }), Anthropic.BadRequestError);
	await assert.rejects(anthropic.messages.create({ model: 'routes-busy', max_tokens: 10, messages }), Anthropic.RateLimitError);
	await assert.rejects(anthropic.messages.countTokens({ model: 'routes-text', messages }), Anthropic.NotFoundError);
});

test('Messages: aborts', async () => {
	const stream = message('endless');
	let received = 0;
	for await (const event of stream) {
		received += (event.type === 'content_block_delta') ? 1 : 0;
		if (received === 5) {
			stream.abort();
			break;
		}
	}
	assert.ok(received >= 5);
});

test('Embeddings: in base64', async () => {
	const { data, usage } = await openai.embeddings.create({ model: 'routes-embedding', input: ['a', 'b'] });
	assert.deepEqual(data.map((embedding) => embedding.index), [0, 1]);
	assert.deepEqual(Array.from(data[0].embedding), [1, 2]);
	assert.equal(usage.prompt_tokens, 7);
});
