import { chat, resume } from './apertis/client.js';
import { Panel } from './panel.js';
import { Turn } from './turn.js';

const $ = (id) => document.getElementById(id);

/** How near to its end a conversation is followed, in pixels. */
const NEAR = 80;

/** The answer that comes, for when the page is loaded again meanwhile. */
const RUNNING = 'running';

const panel = new Panel();
let turns = [];
let running = null;
let mode = '';

async function start() {
	const page = await (await fetch('page.json')).json();
	addModels('Models', page.models);
	addModels('Simulated', page.simulatedModels);
	await panel.refresh();
	$('cost-label').textContent = page.simulated ? 'If paid' : 'Cost';
	$('mode').hidden = false;
	mode = page.simulated
		? 'Simulated gateway: no API key, no model calls, no cost.'
		: 'Talking to the real gateway.';
	$('mode').textContent = mode;
}

function addModels(label, models) {
	if (models.length > 0) {
		const group = $('model').appendChild(document.createElement('optgroup'));
		group.label = label;
		group.append(...models.map((model) => new Option(model)));
	}
}

$('ask').addEventListener('submit', (event) => {
	event.preventDefault();
	const prompt = $('prompt').value.trim();
	if (!running && prompt !== '') {
		$('prompt').value = '';
		ask(prompt, $('model').value);
		returnToPrompt();
	}
});
$('stop').addEventListener('click', () => {
	running?.stop();
	returnToPrompt();
});
$('forget').addEventListener('click', forget);
$('prompt').addEventListener('keydown', (event) => {
	if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
		event.preventDefault();
		$('ask').requestSubmit();
	}
});

function ask(prompt, model) {
	const earlier = turns.flatMap((turn) => turn.messages());
	const answer = chat({ model, messages: [...earlier, { role: 'user', content: prompt }] }, { resumable: true });
	answer.addEventListener('begin', ({ detail: id }) => {
		sessionStorage.setItem(RUNNING, JSON.stringify({ id, prompt, model }));
	});
	return show(answer, prompt, model);
}

/** The page was loaded again while an answer came. */
function goOn() {
	const running = JSON.parse(sessionStorage.getItem(RUNNING));
	if (running?.id) {
		show(resume(running.id), running.prompt, running.model);
	}
}

async function show(answer, prompt, model) {
	running = answer;
	const turn = new Turn($('turn'), prompt, model);
	$('welcome').hidden = true;
	$('conversation').append(turn.element);
	turns.push(turn);
	toggle(true);
	follow(turn);
	refreshSoon();
	turn.show(running);
	try {
		await running.finish();
		turn.end(running.outcome);
	}
	catch (error) {
		turn.end(running.outcome, error.message, error.retryAfter);
	}
	finally {
		running = null;
		sessionStorage.removeItem(RUNNING);
		turn.part('again').addEventListener('click', () => again(turn, model));
		toggle(false);
		tellContext();
		// the line that tells it takes some of the conversation's height
		turn.onRendered();
		refreshSoon();
	}
}

/** The button that had the focus is hidden. On a phone a keyboard would cover the answer. */
function returnToPrompt() {
	if (matchMedia('(pointer: fine)').matches) {
		$('prompt').focus();
	}
}

/** What has just begun or ended is in the meters a moment later. */
function refreshSoon() {
	for (const milliseconds of [0, 300, 1000]) {
		setTimeout(refresh, milliseconds);
	}
}

/** A conversation is followed to its end, unless its reader has scrolled back. */
function follow(turn) {
	const log = $('conversation');
	let following = true;
	const toEnd = () => log.scrollTo({ top: log.scrollHeight });
	log.onscroll = () => {
		following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
	};
	turn.onRendered = () => following && toEnd();
	toEnd();
}

function again(turn, model) {
	if (!running) {
		turns = turns.filter((other) => other !== turn);
		turn.element.remove();
		ask(turn.prompt, model);
	}
}

function forget() {
	running?.stop();
	turns.forEach((turn) => turn.element.remove());
	turns = [];
	$('welcome').hidden = false;
	tellContext();
	$('prompt').focus();
}

function tellContext() {
	const earlier = turns.filter((turn) => turn.messages().length > 0).length;
	$('context').hidden = turns.length === 0;
	$('context').firstElementChild.textContent = earlier === 0 ? 'Includes no earlier exchange.'
		: `Includes ${earlier} earlier ${earlier === 1 ? 'exchange' : 'exchanges'}.`;
}

function toggle(streaming) {
	$('send').hidden = streaming;
	$('stop').hidden = !streaming;
}

function refresh() {
	panel.refresh().then(() => {
		$('mode').textContent = mode;
		$('mode').classList.remove('unreachable');
	}, unreachable);
}

function unreachable(error) {
	$('mode').hidden = false;
	$('mode').classList.add('unreachable');
	$('mode').textContent = 'The application cannot be reached: ' + error.message;
}

setInterval(refresh, 2000);
start().then(goOn).catch(unreachable);
