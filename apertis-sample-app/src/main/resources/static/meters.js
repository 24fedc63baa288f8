const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const TAG = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The application's own meters, in the text format of Prometheus, as they are now. */
export async function readMeters(url) {
	const response = await fetch(url);
	if (!response.ok) {
		throw new Error(`${url} answered with status ${response.status}`);
	}
	const samples = (await response.text()).split('\n').map((line) => SAMPLE.exec(line)).filter(Boolean);
	return new Meters(samples.map(([, name, tags, value]) => ({ name, tags: readTags(tags), value: Number(value) })));
}

function readTags(text) {
	return Object.fromEntries([...(text ?? '').matchAll(TAG)].map(([, name, value]) =>
		[name, value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))]));
}

/** Samples of meters. A meter exists from its first value on; until then its sum is 0. */
class Meters {

	constructor(samples) {
		this.samples = samples;
	}

	/** The sum of a meter's samples with these tags. */
	sum(name, tags = {}) {
		return this.of(name, tags).reduce((sum, sample) => sum + sample.value, 0);
	}

	/** The sums of a meter's samples for each value of a tag, the greatest first. */
	sumsBy(tag, name, tags = {}) {
		const sums = new Map();
		for (const sample of this.of(name, tags)) {
			const value = sample.tags[tag];
			sums.set(value, (sums.get(value) ?? 0) + sample.value);
		}
		return new Map([...sums].sort(([, one], [, other]) => other - one));
	}

	/** How many values lie in each bucket of a histogram, by the bucket's upper bound. */
	histogram(name) {
		const cumulated = [...this.sumsBy('le', name + '_bucket')]
			.map(([bound, count]) => ({ bound: bound === '+Inf' ? Infinity : Number(bound), count }))
			.sort((one, other) => one.bound - other.bound);
		return cumulated.map(({ bound, count }, index) => ({ bound, count: count - (cumulated[index - 1]?.count ?? 0) }));
	}

	of(name, tags) {
		return this.samples.filter((sample) => sample.name === name
			&& Object.entries(tags).every(([tag, value]) => sample.tags[tag] === value));
	}

}
