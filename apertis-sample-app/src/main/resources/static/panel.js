import './webjars/chart.js/dist/chart.umd.js';
import { readMeters } from './meters.js';

const METERS = 'actuator/prometheus';
const INPUT = 'gen_ai_client_inference_usage_input_tokens_total';
const OUTPUT = 'gen_ai_client_inference_usage_output_tokens_total';
const CALLS = 'gen_ai_client_inference_duration_seconds_count';
const FIRST_CHUNK = 'gen_ai_client_inference_time_to_first_chunk_seconds';
const COST = 'apertis_cost_total';
const MODEL = 'gen_ai_response_model';

const $ = (id) => document.getElementById(id);
const written = (number) => Math.round(number).toLocaleString('en');

/** What the application's own meters tell of its calls since it was started. */
export class Panel {

	constructor() {
		this.chart = new Chart($('first-chunks'), {
			type: 'bar',
			data: { labels: [], datasets: [{ data: [], label: 'Answers', categoryPercentage: 0.95, barPercentage: 0.95 }] },
			options: {
				animation: false,
				maintainAspectRatio: false,
				plugins: { legend: { display: false } },
				scales: {
					x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 6 } },
					y: { beginAtZero: true, ticks: { precision: 0, maxTicksLimit: 4 }, title: { display: true, text: 'answers' } },
				},
			},
		});
	}

	async refresh() {
		const meters = await readMeters(METERS);
		this.showTotals(meters);
		this.showTokens(meters);
		this.showFailures(meters);
		this.showFirstChunks(meters.histogram(FIRST_CHUNK));
	}

	showTotals(meters) {
		const used = meters.sum(CALLS) > 0 || meters.sum('apertis_streams_active') > 0;
		$('unused').hidden = used;
		document.querySelector('.totals').hidden = !used;
		show('total-active', meters.sum('apertis_streams_active'));
		show('total-input', meters.sum(INPUT));
		show('total-output', meters.sum(OUTPUT));
		for (const [currency, cost] of meters.sumsBy('currency', COST)) {
			$('total-cost').textContent = money(cost);
			$('currency').textContent = ` (${currency})`;
			$('total-cost').parentElement.hidden = cost === 0;
		}
		for (const outcome of ['completed', 'failed', 'interrupted', 'cancelled']) {
			show('total-' + outcome, meters.sum(CALLS, { outcome }));
			$('total-' + outcome).parentElement.hidden = meters.sum(CALLS, { outcome }) === 0;
		}
	}

	showTokens(meters) {
		const input = meters.sumsBy(MODEL, INPUT);
		const output = meters.sumsBy(MODEL, OUTPUT);
		const estimated = meters.sumsBy(MODEL, OUTPUT, { estimated: 'true' });
		const models = [...new Set([...output.keys(), ...input.keys()])];
		showRows('tokens', models.map((model) => [model, input.get(model) ?? 0, output.get(model) ?? 0,
			estimated.get(model) ?? 0]));
	}

	showFailures(meters) {
		const rows = ['failed', 'interrupted'].flatMap((outcome) =>
			[...meters.sumsBy('error_type', CALLS, { outcome })].map(([error, count]) => [named(error), outcome, count]));
		showRows('failures', rows);
	}

	showFirstChunks(buckets) {
		const first = buckets.findIndex(({ count }) => count > 0);
		const last = buckets.findLastIndex(({ count }) => count > 0);
		const shown = buckets.slice(Math.max(first - 1, 0), last + 2);
		const [dataset] = this.chart.data.datasets;
		$('first-chunks').closest('figure').hidden = first < 0;
		this.chart.data.labels = shown.map(({ bound }) => (bound === Infinity ? 'more' : '≤' + duration(bound)));
		dataset.data = shown.map(({ count }) => count);
		this.colour();
		this.chart.update();
		$('first-chunks').setAttribute('aria-label', shown.filter(({ count }) => count > 0)
			.map(({ count, bound }) => `${count} within ${duration(bound)}`).join(', ') || 'no answer yet');
	}

	/** The style sheet's colours, which change between day and night. */
	colour() {
		const bars = getComputedStyle(this.chart.canvas);
		this.chart.data.datasets[0].backgroundColor = bars.color;
		for (const axis of Object.values(this.chart.options.scales)) {
			axis.ticks.color = getComputedStyle(this.chart.canvas.parentElement).color;
			axis.title.color = axis.ticks.color;
			axis.grid.color = bars.borderColor;
		}
	}

}

function money(amount) {
	return amount.toFixed(amount < 0.01 ? 5 : 2);
}

/** A status, which is a number in the meters, with its words. */
function named(error) {
	const words = { 400: 'Bad request', 401: 'Unauthorized', 402: 'Payment required', 403: 'Forbidden', 404: 'Not found',
		429: 'Too many requests', 500: 'Server error', 502: 'Bad gateway', 503: 'Unavailable', 504: 'Timeout' };
	return words[error] ? `${error} ${words[error]}` : error;
}

function duration(seconds) {
	return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds} s`;
}

function show(id, number) {
	$(id).textContent = written(number);
}

function showRows(id, rows) {
	$(id).closest('table').hidden = rows.length === 0;
	$(id).replaceChildren(...rows.map((cells) => {
		const row = document.createElement('tr');
		for (const cell of cells) {
			row.insertCell().textContent = typeof cell === 'number' ? written(cell) : cell;
		}
		return row;
	}));
}
