// A chat in React, as one would write it against any server of the AI SDK: only the URL is ours.
import { useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from 'ai';

// A tool that the page runs itself; that for the weather runs in the application.
const tools = [{
	type: 'function',
	function: {
		name: 'clock',
		description: "Tells the time of the user's clock",
		parameters: { type: 'object', properties: {} },
	},
}];

// Each request has them, also those that only bring a tool's result.
const chosen = { model: '' };
const transport = new DefaultChatTransport({
	api: '/apertis/ui/chat',
	prepareSendMessagesRequest({ id, messages, trigger, messageId, body }) {
		// an answer is saved when it has ended: until then the page keeps what it was asked
		sessionStorage.setItem(`chat-${id}`, JSON.stringify(messages));
		return { body: { ...body, id, messages, trigger, messageId, model: chosen.model, tools } };
	},
});

function Part({ part }) {
	if (part.type === 'text') {
		return <p className="said">{part.text}</p>;
	}
	if (part.type === 'reasoning') {
		return <details className="thoughts" open={part.state === 'streaming'}><summary>Reasoning</summary><div className="reasoning">{part.text}</div></details>;
	}
	if (part.type === 'source-url') {
		return <p className="facts"><a href={part.url} rel="noreferrer">{part.title ?? part.url}</a></p>;
	}
	// a picture that is fetched would tell its server who reads
	if (part.type === 'file' && part.url.startsWith('data:image/')) {
		return <img src={part.url} alt="" />;
	}
	if (part.type.startsWith('tool-')) {
		return (
			<div className="call" data-state={part.state}>
				<code>{part.type.slice('tool-'.length)}({part.input ? JSON.stringify(part.input) : '…'})</code>
				{part.state === 'output-available' && <code className="result">{JSON.stringify(part.output)}</code>}
				{part.state === 'output-error' && <span className="problem">{part.errorText}</span>}
			</div>
		);
	}
	return null;
}

function Facts({ metadata }) {
	const usage = metadata?.usage;
	return metadata && (
		<p className="facts">
			<span className="model">{metadata.model}</span>
			{usage && <span>{usage.inputTokens} + {usage.outputTokens} tokens</span>}
			<span className="outcome">{metadata.finishReason}</span>
		</p>
	);
}

function Chat({ id, history, models }) {
	const [model, setModel] = useState(models[0]);
	const [text, setText] = useState('What is the weather like in Bern?');
	const bottom = useRef(null);
	const { messages, sendMessage, regenerate, addToolOutput, stop, status, error } = useChat({
		id,
		messages: history,
		resume: true,
		transport,
		onFinish({ isDisconnect }) {
			if (!isDisconnect) {
				sessionStorage.removeItem(`chat-${id}`);
			}
		},
		sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
		onToolCall({ toolCall }) {
			if (toolCall.toolName === 'clock') {
				addToolOutput({ tool: 'clock', toolCallId: toolCall.toolCallId, output: { time: new Date().toLocaleTimeString() } });
			}
		},
	});
	// to hang up would not end the answer
	function end() {
		stop();
		fetch(`/apertis/ui/chat/${encodeURIComponent(id)}/stream`, { method: 'DELETE' }).catch(() => undefined);
	}

	const busy = status === 'submitted' || status === 'streaming';
	chosen.model = model;

	useEffect(() => {
		bottom.current?.scrollIntoView({ block: 'end' });
	}, [messages, error]);

	function send(event) {
		event.preventDefault();
		if (text.trim() && !busy) {
			sendMessage({ text });
			setText('');
		}
	}

	return (
		<main data-status={status}>
			<header>
				<h1>Apertis <span>for Spring, with React's useChat</span></h1>
				<p className="mode"><a href="./">The page without a library</a></p>
			</header>
			<section id="conversation" role="log" aria-label="Conversation">
				{messages.length === 0 && <p id="welcome">Ask something. The conversation is kept by the application.</p>}
				{messages.map((message) => (
					<article key={message.id} data-role={message.role}>
						{message.role === 'user'
							? <p className="prompt">{message.parts.map((part) => part.text).join('')}</p>
							: message.parts.map((part, index) => <Part key={index} part={part} />)}
						<Facts metadata={message.metadata} />
					</article>
				))}
				{error && <p className="problem" role="alert">{error.message} <button type="button" className="link" onClick={() => regenerate()}>Try again</button></p>}
				<div ref={bottom} />
			</section>
			<form onSubmit={send}>
				<label htmlFor="prompt" className="unseen">Message</label>
				<textarea id="prompt" rows="1" required placeholder="Message the model" value={text}
					onChange={(event) => setText(event.target.value)}
					onKeyDown={(event) => event.key === 'Enter' && !event.shiftKey && send(event)} />
				<div className="controls">
					<label htmlFor="model" className="unseen">Model</label>
					<select id="model" value={model} onChange={(event) => setModel(event.target.value)}>
						{models.map((name) => <option key={name}>{name}</option>)}
					</select>
					{busy && <button id="stop" type="button" className="quiet" onClick={end}>Stop</button>}
					<button id="send" type="submit" disabled={busy}>Send</button>
				</div>
			</form>
		</main>
	);
}

const id = sessionStorage.getItem('chat') ?? crypto.randomUUID();
sessionStorage.setItem('chat', id);
const [page, history] = await Promise.all([
	fetch('page.json').then((response) => response.json()),
	fetch(`chats/${id}`).then((response) => response.json()),
]);
const asked = JSON.parse(sessionStorage.getItem(`chat-${id}`));
createRoot(document.getElementById('root'))
	.render(<Chat id={id} history={asked ?? history} models={page.models.concat(page.simulatedModels)} />);
