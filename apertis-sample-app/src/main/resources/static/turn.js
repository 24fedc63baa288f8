import { render } from './markdown.js';

/** How much longer than it took to render a text the next rendering waits: a long one must not hold up the page. */
const BREATH = 4;

/** After how much silence an answer is said to be silent, in milliseconds. */
const SILENCE = 3000;

/** One prompt and its answer on the page. */
export class Turn {

	constructor(template, prompt, model) {
		this.start = performance.now();
		this.prompt = prompt;
		this.content = '';
		this.calls = [];
		this.element = template.content.cloneNode(true).firstElementChild;
		this.part('prompt').textContent = prompt;
		this.part('model').textContent = model;
		this.clock = setInterval(() => this.tick(), 1000);
	}

	part(name) {
		return this.element.querySelector('.' + name);
	}

	/** Show what comes of an answer, as it comes. */
	show(answer) {
		answer.addEventListener('chunk', ({ detail }) => this.hear(detail));
		answer.addEventListener('reasoning', ({ detail }) => this.reason(detail));
		answer.addEventListener('token', ({ detail }) => this.write(detail));
		answer.addEventListener('usage', ({ detail }) => {
			this.tell('input', detail.prompt_tokens);
			this.tell('output', detail.completion_tokens);
		});
	}

	hear(chunk) {
		this.heard = performance.now();
		for (const call of chunk.choices?.[0]?.delta?.tool_calls ?? []) {
			this.call(call);
		}
	}

	reason(text) {
		this.begin();
		this.part('thoughts').hidden = false;
		this.part('reasoning').append(text);
	}

	write(text) {
		this.begin();
		this.content += text;
		this.renderSoon();
	}

	/** A tool call comes in pieces, which belong to the one of the same index. */
	call({ index = 0, function: { name, arguments: piece } = {} }) {
		this.begin();
		this.part('requested').hidden = false;
		const call = this.calls[index] ??= this.part('calls').appendChild(document.createElement('li'))
			.appendChild(document.createElement('code'));
		call.append(name ? name + '(' : '', piece ?? '');
	}

	begin() {
		if (!this.begun) {
			this.begun = true;
			this.tell('first', this.elapsed());
			this.tick();
		}
	}

	/** At most once in a frame. */
	renderSoon() {
		if (this.rendering) {
			return;
		}
		this.rendering = true;
		const render = () => requestAnimationFrame(() => this.rendering && this.render());
		if (this.took > 8) {
			setTimeout(render, this.took * BREATH);
		}
		else {
			render();
		}
	}

	render() {
		this.rendering = false;
		const start = performance.now();
		this.part('text').innerHTML = render(this.content);
		this.took = performance.now() - start;
		this.onRendered?.();
	}

	tick() {
		this.part('duration').textContent = this.elapsed();
		const silence = performance.now() - (this.heard ?? this.start);
		const silent = this.outcome === undefined && silence > SILENCE;
		this.part('silence').hidden = !silent;
		this.part('silence').textContent = silent ? `no data for ${Math.round(silence / 1000)} s` : '';
	}

	tell(name, value) {
		this.part(name).textContent = value;
		this.part(name).parentElement.hidden = false;
	}

	/** How long to wait before the next try is told in seconds, if it is known. */
	end(outcome, problem, retryAfter) {
		clearInterval(this.clock);
		this.outcome = outcome;
		this.render();
		this.calls.forEach((call) => call.append(')'));
		this.part('thoughts').open = this.content === '';
		this.element.dataset.outcome = outcome;
		this.part('outcome').textContent = outcome;
		this.tick();
		this.part('duration').append(' in all');
		this.part('problem').hidden = !problem;
		this.part('problem').textContent = problem ?? '';
		this.part('again').hidden = outcome === 'completed';
		this.part('again').textContent = retryAfter ? `Try again in ${retryAfter} s` : 'Try again';
		this.onRendered?.();
	}

	/** What goes along with the next prompt: a text that the model has written, be it that it was stopped. */
	messages() {
		return this.content !== '' && ['completed', 'cancelled'].includes(this.outcome)
			? [{ role: 'user', content: this.prompt }, { role: 'assistant', content: this.content }] : [];
	}

	elapsed() {
		const milliseconds = performance.now() - this.start;
		return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
	}

}
