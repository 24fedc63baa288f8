import { chat } from './apertis/client.js';

const $ = (id) => document.getElementById(id);
const METERS = 'actuator/metrics';
const INPUT = 'gen_ai.client.inference.usage.input_tokens';
const OUTPUT = 'gen_ai.client.inference.usage.output_tokens';
const CALLS = 'gen_ai.client.operation.duration';

let running = null;

async function start() {
	const page = await (await fetch('page.json')).json();
	for (const model of [...page.models, ...page.simulatedModels]) {
		$('model').add(new Option(model));
	}
	await showTotals();
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
		await showTotals().catch(unreachable);
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

/** Read the totals from the application's own meters, which exist from their first value on. */
async function showTotals() {
	const { names } = await read(METERS);
	for (const [id, meter] of [['total-input', INPUT], ['total-output', OUTPUT]]) {
		show(id, names.includes(meter) ? await read(`${METERS}/${meter}`) : null);
	}
	const calls = names.includes(CALLS) ? await read(`${METERS}/${CALLS}`) : null;
	const outcomes = calls?.availableTags.find((tag) => tag.tag === 'outcome')?.values ?? [];
	for (const outcome of ['completed', 'failed', 'interrupted', 'cancelled']) {
		show('total-' + outcome,
			outcomes.includes(outcome) ? await read(`${METERS}/${CALLS}?tag=outcome:${outcome}`) : null);
	}
}

function show(id, meter) {
	const count = meter?.measurements.find((measurement) => measurement.statistic === 'COUNT').value ?? 0;
	$(id).textContent = count.toLocaleString('en');
}

async function read(url) {
	const response = await fetch(url);
	if (!response.ok) {
		throw new Error(`${url} answered with status ${response.status}`);
	}
	return await response.json();
}

function unreachable(error) {
	$('mode').hidden = false;
	$('mode').textContent = 'The application cannot be reached: ' + error.message;
}

setInterval(() => showTotals().catch(unreachable), 2000);
start().catch(unreachable);
