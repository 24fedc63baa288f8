import { chat } from './apertis/client.js';
import { Panel } from './panel.js';

const $ = (id) => document.getElementById(id);

const panel = new Panel();
let running = null;

async function start() {
	const page = await (await fetch('page.json')).json();
	for (const model of [...page.models, ...page.simulatedModels]) {
		$('model').add(new Option(model));
	}
	await panel.refresh();
	$('mode').hidden = false;
	$('mode').textContent = page.simulated
		? 'Simulated gateway: no key is set, no model is asked, nothing is paid for.'
		: 'Talking to the real gateway.';
}

$('ask').addEventListener('submit', (event) => {
	event.preventDefault();
	if (!running) {
		ask($('prompt').value, $('model').value);
	}
});
$('stop').addEventListener('click', () => running?.stop());
$('prompt').addEventListener('keydown', (event) => {
	if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
		$('ask').requestSubmit();
	}
});

async function ask(prompt, model) {
	running = chat({ model, messages: [{ role: 'user', content: prompt }] });
	toggle(true);
	const answer = new Answer(prompt, model);
	running.addEventListener('chunk', ({ detail }) => answer.add(detail));
	try {
		await running.finish();
		answer.end(running.outcome);
	}
	catch (error) {
		answer.end(running.outcome, error.message);
	}
	finally {
		running = null;
		toggle(false);
		await panel.refresh().catch(unreachable);
	}
}

function toggle(streaming) {
	$('send').disabled = streaming;
	$('stop').disabled = !streaming;
}

/** One answer on the page. What the model says is only ever set as text. */
class Answer {

	constructor(prompt, model) {
		this.start = performance.now();
		this.element = $('answer').content.cloneNode(true).firstElementChild;
		this.part('prompt').textContent = prompt;
		this.part('model').textContent = model;
		$('answers').prepend(this.element);
	}

	part(name) {
		return this.element.querySelector('.' + name);
	}

	add(chunk) {
		const delta = chunk.choices?.[0]?.delta ?? {};
		this.append('reasoning', delta.reasoning_content ?? delta.reasoning);
		this.append('text', delta.content);
		for (const call of delta.tool_calls ?? []) {
			this.append('text', call.function?.name ? `→ ${call.function.name} ` : call.function?.arguments);
		}
		if (chunk.usage) {
			this.part('input').textContent = chunk.usage.prompt_tokens;
			this.part('output').textContent = chunk.usage.completion_tokens;
		}
	}

	append(part, text) {
		if (typeof text !== 'string' || text === '') {
			return;
		}
		if (!this.begun) {
			this.begun = true;
			this.part('first').textContent = this.elapsed();
		}
		this.part(part).hidden = false;
		this.part(part).append(text);
	}

	end(outcome, problem) {
		this.element.dataset.outcome = outcome;
		this.part('outcome').textContent = outcome;
		this.part('duration').textContent = this.elapsed();
		this.part('problem').hidden = !problem;
		this.part('problem').textContent = problem ?? '';
	}

	elapsed() {
		const milliseconds = performance.now() - this.start;
		return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
	}

}

function unreachable(error) {
	$('mode').hidden = false;
	$('mode').textContent = 'The application cannot be reached: ' + error.message;
}

setInterval(() => panel.refresh().catch(unreachable), 2000);
start().catch(unreachable);
