// The clients of the JavaScript world against the pass-through, unchanged but for their base URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, streamText, tool } from 'ai';
import { z } from 'zod';

const baseURL = process.env.BASE_URL;
const openai = new OpenAI({ baseURL, apiKey: 'not-a-key', maxRetries: 0 });
const apertis = createOpenAICompatible({ name: 'apertis', baseURL, includeUsage: true });
const messages = [{ role: 'user', content: 'Tell me about the sea.' }];

async function collect(stream) {
	const chunks = [];
	for await (const chunk of stream) {
		chunks.push(chunk);
	}
	return chunks;
}

function streamed(model, more = {}) {
	return openai.chat.completions.create({ model, messages, stream: true, ...more });
}

test('OpenAI SDK: streams, and gets no usage that it did not ask for', async () => {
	const chunks = await collect(await streamed('gpt-4o-mini'));
	assert.ok(chunks.length > 5);
	assert.ok(chunks.every((chunk) => chunk.choices.length === 1));
	assert.ok(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('').length > 20);
	assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
});

test('OpenAI SDK: gets the usage that it asked for', async () => {
	const chunks = await collect(await streamed('gpt-4o-mini', { stream_options: { include_usage: true } }));
	assert.deepEqual(chunks.at(-1).choices, []);
	assert.ok(chunks.at(-1).usage.completion_tokens > 5);
});

test('OpenAI SDK: calls tools', async () => {
	const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
	const runner = openai.chat.completions.stream({ model: 'simulated-tools', messages, tools });
	const completion = await runner.finalChatCompletion();
	const [call] = completion.choices[0].message.tool_calls;
	assert.equal(call.function.name, 'weather');
	assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Paris' });
	assert.equal(completion.choices[0].finish_reason, 'tool_calls');
});

test('OpenAI SDK: aborts', async () => {
	const stream = await streamed('endless');
	let received = 0;
	for await (const chunk of stream) {
		received += chunk.choices.length;
		if (received === 5) {
			stream.controller.abort();
		}
	}
	assert.ok(received >= 5);
});

test('OpenAI SDK: raises its own error classes', async () => {
	for (const [model, type, status] of [
		['simulated-rate-limit', OpenAI.RateLimitError, 429], ['simulated-overload', OpenAI.InternalServerError, 503],
		['forbidden', OpenAI.PermissionDeniedError, 403], ['bad-key', OpenAI.InternalServerError, 502],
		['unknown', OpenAI.NotFoundError, 404], ['invalid', OpenAI.BadRequestError, 400]]) {
		for (const stream of [true, false]) {
			await assert.rejects(openai.chat.completions.create({ model, messages, stream }), (error) => {
				assert.ok(error instanceof type, `${model}: ${error}`);
				assert.equal(error.status, status);
				assert.ok(error.message.length > 5);
				return true;
			});
		}
	}
});

test('OpenAI SDK: sees the status of a gateway that asks to wait, and for how long', async () => {
	for (const [model, type, status, wait] of [['wait-429', OpenAI.RateLimitError, 429, '7'],
		['wait-503', OpenAI.InternalServerError, 503, '7'], ['fails-500', OpenAI.InternalServerError, 500, null]]) {
		for (const stream of [true, false]) {
			await assert.rejects(openai.chat.completions.create({ model, messages, stream }), (error) => {
				assert.ok(error instanceof type, `${model}: ${error}`);
				assert.equal(error.status, status);
				assert.equal(error.headers.get('retry-after'), wait);
				assert.equal(error.error.message, `Asked for ${model}`);
				return true;
			});
		}
	}
});

test('OpenAI SDK: raises when a stream fails or breaks off', async () => {
	for (const model of ['simulated-error', 'simulated-cut']) {
		const stream = await streamed(model);
		const received = [];
		await assert.rejects(async () => {
			for await (const chunk of stream) {
				received.push(chunk);
			}
		}, OpenAI.APIError);
		assert.ok(received.length > 1, `${model} delivers what came before`);
	}
});

test('OpenAI SDK: answers without a stream, and lists models', async () => {
	const completion = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages });
	assert.ok(completion.choices[0].message.content.length > 20);
	assert.ok(completion.usage.total_tokens > 5);
	const ids = (await collect(await openai.models.list())).map((model) => model.id);
	assert.ok(ids.includes('gpt-4o-mini'));
});

test('AI SDK: streams with usage', async () => {
	const result = streamText({ model: apertis('gpt-4o-mini'), messages });
	const text = (await collect(result.textStream)).join('');
	assert.ok(text.length > 20);
	assert.equal(await result.finishReason, 'stop');
	assert.ok((await result.usage).outputTokens > 5);
});

test('AI SDK: calls tools', async () => {
	const weather = tool({ description: 'Weather', inputSchema: z.object({ city: z.string() }) });
	const result = streamText({ model: apertis('simulated-tools'), messages, tools: { weather } });
	await result.consumeStream();
	const [call] = await result.toolCalls;
	assert.equal(call.toolName, 'weather');
	assert.deepEqual(call.input, { city: 'Paris' });
});

test('AI SDK: aborts', async () => {
	const abort = new AbortController();
	const result = streamText({ model: apertis('endless'), messages, abortSignal: abort.signal });
	let received = 0;
	for await (const part of result.fullStream) {
		received += part.type === 'text-delta' ? 1 : 0;
		if (received === 5) {
			abort.abort();
		}
	}
	assert.ok(received >= 5);
});

test('AI SDK: tells of errors, before and inside a stream', async () => {
	for (const model of ['simulated-rate-limit', 'simulated-error', 'simulated-cut']) {
		const errors = [];
		const result = streamText({
			model: apertis(model), messages, maxRetries: 0, onError: ({ error }) => errors.push(error),
		});
		await result.consumeStream();
		assert.equal(errors.length, 1, model);
	}
	await assert.rejects(generateText({ model: apertis('simulated-overload'), messages, maxRetries: 0 }),
		(error) => error.statusCode === 503);
});

test('AI SDK: sees the status of a gateway that asks to wait, and for how long', async () => {
	for (const [model, status, wait] of [['wait-429', 429, '7'], ['wait-503', 503, '7'], ['fails-500', 500, undefined]]) {
		const errors = [];
		const result = streamText({
			model: apertis(model), messages, maxRetries: 0, onError: ({ error }) => errors.push(error),
		});
		await result.consumeStream();
		await generateText({ model: apertis(model), messages, maxRetries: 0 }).catch((error) => errors.push(error));
		assert.equal(errors.length, 2);
		for (const error of errors) {
			assert.ok(APICallError.isInstance(error), `${model}: ${error}`);
			assert.equal(error.statusCode, status);
			assert.equal(error.responseHeaders['retry-after'], wait);
			assert.equal(error.message, `Asked for ${model}`);
		}
	}
});
