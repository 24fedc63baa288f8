// The chat of useChat, without React, in each version of the AI SDK, against the UI message stream.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { State } from './state.mjs';

const api = process.env.BASE_URL.replace(/\/v1$/, '/ui/chat');

const VERSIONS = ['ai-5-strict', 'ai-5', 'ai-6-strict', 'ai-6', 'ai-7'];

const modules = await Promise.all(VERSIONS.map((version) => import(version)));

for (const [index, ai] of modules.entries()) {
	describe(VERSIONS[index], () => {
		class Chat extends ai.AbstractChat {
			constructor(options = {}) {
				const transport = new (options.text ? ai.TextStreamChatTransport : ai.DefaultChatTransport)({
					api: options.text ? api.replace('/ui/chat', '/ui/text') : api,
					headers: { 'x-chat': 'test' },
				});
				super({ transport, ...options, state: new State() });
			}

			send(model, more = {}) {
				return this.sendMessage({ text: 'Tell me about the sea.' }, { body: { model, ...more } });
			}

			get answer() {
				return this.messages.at(-1);
			}

			get answerText() {
				return this.answer.parts.filter((part) => part.type === 'text').map((part) => part.text).join('|');
			}
		}

		function assertReady(chat) {
			assert.equal(chat.status, 'ready', chat.error?.message);
			assert.equal(chat.answer.role, 'assistant');
		}

		function types(chat) {
			return chat.answer.parts.map((part) => part.type);
		}

		test('text, with the usage in the metadata', async () => {
			const chat = new Chat();
			await chat.send('ui-text');
			assertReady(chat);
			assert.equal(chat.answerText, 'Hello!');
			assert.match(chat.answer.id, /^msg_/);
			assert.equal(chat.answer.metadata.finishReason, 'stop');
			assert.deepEqual([chat.answer.metadata.usage.inputTokens, chat.answer.metadata.usage.outputTokens], [7, 3]);
			await chat.send('burst');
			assert.equal(chat.messages.length, 4);
		});

		test('reasoning, sources and images', async () => {
			const chat = new Chat();
			await chat.send('ui-rich');
			assertReady(chat);
			assert.deepEqual(types(chat), ['step-start', 'reasoning', 'text', 'source-url', 'file']);
			assert.equal(chat.answer.parts[1].text, 'Let me see');
			assert.equal(chat.answer.parts[1].state, 'done');
			assert.equal(chat.answer.parts[3].url, 'https://a.example');
		});

		test('a tool of the page', async () => {
			const chat = new Chat({
				onToolCall({ toolCall }) {
					const result = { tool: toolCall.toolName, toolCallId: toolCall.toolCallId, output: { place: 'the sea' } };
					// not awaited: the chat waits for this function
					(chat.addToolOutput ?? chat.addToolResult).call(chat, result);
				},
				sendAutomaticallyWhen: ai.lastAssistantMessageIsCompleteWithToolCalls,
			});
			const tools = [{ type: 'function', function: { name: 'locate', parameters: { type: 'object' } } }];
			chat.transport.body = { model: 'ui-page-tool', tools };
			await chat.sendMessage({ text: 'Where am I?' });
			for (let i = 0; i < 200 && !(chat.status === 'ready' && chat.answerText); i++) {
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
			assertReady(chat);
			assert.equal(chat.messages.length, 2);
			assert.deepEqual(types(chat), ['step-start', 'tool-locate', 'step-start', 'text']);
			assert.deepEqual(chat.answer.parts[1].input, { exact: true });
			assert.equal(chat.answerText, 'At the sea');
		});

		test('a tool of the application', async () => {
			const chat = new Chat();
			await chat.send('ui-server-tool');
			assertReady(chat);
			assert.deepEqual(types(chat), ['step-start', 'text', 'tool-weather', 'step-start', 'text']);
			assert.equal(chat.answer.parts[2].state, 'output-available');
			assert.deepEqual(chat.answer.parts[2].output, { sky: 'rain in Bern' });
			assert.equal(chat.answerText, 'Let me look.|Take an umbrella.');
		});

		test('an error before the stream', async () => {
			const chat = new Chat();
			await chat.send('wait-429');
			assert.equal(chat.status, 'error');
			assert.equal(chat.error.message, 'The language model is busy. Please try again later');
		});

		test('an error inside, and a cut', async () => {
			for (const model of ['ui-error', 'ui-cut']) {
				const chat = new Chat();
				await chat.send(model);
				assert.equal(chat.status, 'error');
				assert.match(chat.error.message, /language model/);
				assert.equal(chat.answerText, 'It ');
			}
		});

		test('stop', async () => {
			const chat = new Chat();
			const sent = chat.send('endless');
			while (chat.status !== 'streaming') {
				await new Promise((resolve) => setTimeout(resolve, 10));
			}
			await chat.stop();
			await sent;
			assert.equal(chat.status, 'ready', chat.error?.message);
			assert.ok(chat.answerText.startsWith('on '));
		});

		test('regenerate', async () => {
			const chat = new Chat();
			await chat.send('burst');
			const first = chat.answer.id;
			await chat.regenerate({ body: { model: 'burst' } });
			assertReady(chat);
			assert.equal(chat.messages.length, 2);
			assert.notEqual(chat.answer.id, first);
			assert.equal(chat.answerText, 'Hello!');
		});

		test('plain text', async () => {
			const chat = new Chat({ text: true });
			await chat.send('burst');
			assertReady(chat);
			assert.equal(chat.answerText, 'Hello!');
		});
	});
}
