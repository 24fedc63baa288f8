package ai.apertis.benchmarks.relay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

import ai.apertis.benchmarks.measure.Table;

/**
 * What was measured of all relays in all launches. Medians count, and the spread is what
 * lies between the lowest and the highest.
 */
final class Results {

	private record Key(Subject relay, int warmUp) {

	}

	private record Open(double kilobytes, int lost) {

	}

	private final Map<Key, Map<Scenario, List<Measurement>>> measured = new LinkedHashMap<>();

	private final List<Measurement> direct = new ArrayList<>();

	private final Map<Subject, List<Open>> open = new LinkedHashMap<>();

	void add(Subject relay, int warmUp, Scenario scenario, Measurement measurement) {
		this.measured.computeIfAbsent(new Key(relay, warmUp), (key) -> new TreeMap<>())
			.computeIfAbsent(scenario, (key) -> new ArrayList<>())
			.add(measurement);
	}

	/**
	 * Add what came without a relay between.
	 */
	void addDirect(Measurement measurement) {
		this.direct.add(measurement);
	}

	void addOpen(Subject relay, double kilobytes, int lost) {
		this.open.computeIfAbsent(relay, (key) -> new ArrayList<>()).add(new Open(kilobytes, lost));
	}

	@Override
	public String toString() {
		Table table = new Table("relay", "after s", "(a) full speed: CPU µs/event", "× nginx", "× Spring Cloud Gateway",
				"bytes/event", "(b) 1,000 paced: CPU µs/event", "× nginx", "× Spring Cloud Gateway", "bytes/event",
				"GC, % of CPU", "added latency p50 / p99, µs", "(b) Redis: CPU µs/event", "(d) short: CPU µs/request",
				"× Spring Cloud Gateway", "(c) 5,000 open: heap each, lost", "failures");
		this.measured.keySet().forEach((key) -> table.row(row(key)));
		return table.toString();
	}

	private String[] row(Key key) {
		ToDoubleFunction<Measurement> cpu = Measurement::cpuPerEvent;
		return new String[] { key.relay().title(), String.valueOf(key.warmUp()),
				value(key, Scenario.FULL_SPEED, cpu, "%.1f"), ratio(key, Contender.NGINX, Scenario.FULL_SPEED, cpu),
				ratio(key, Contender.CLOUD_GATEWAY, Scenario.FULL_SPEED, cpu),
				value(key, Scenario.FULL_SPEED, Measurement::bytesPerEvent, "%.0f"),
				value(key, Scenario.PACED, cpu, "%.1f"), ratio(key, Contender.NGINX, Scenario.PACED, cpu),
				ratio(key, Contender.CLOUD_GATEWAY, Scenario.PACED, cpu),
				value(key, Scenario.PACED, Measurement::bytesPerEvent, "%.0f"),
				value(key, Scenario.PACED, Measurement::collection, "%.1f"), added(key),
				value(key, Scenario.PACED, Measurement::storeCpuPerEvent, "%.1f"),
				value(key, Scenario.SHORT, Measurement::cpuPerStream, "%.0f"),
				ratio(key, Contender.CLOUD_GATEWAY, Scenario.SHORT, Measurement::cpuPerStream), open(key.relay()),
				String.valueOf(failures(key)) };
	}

	private String value(Key key, Scenario scenario, ToDoubleFunction<Measurement> figure, String format) {
		double[] values = values(key, scenario, figure);
		double median = Table.median(values);
		if (Double.isNaN(median)) {
			return "-";
		}
		String text = format.formatted(median);
		return (values.length == 1) ? text : text + " (" + format.formatted(Table.quantile(values, 0)) + "-"
				+ format.formatted(Table.quantile(values, 1)) + ")";
	}

	private String ratio(Key key, Contender other, Scenario scenario, ToDoubleFunction<Measurement> figure) {
		double ratio = median(key, scenario, figure)
				/ median(new Key(new Subject(other, null), key.warmUp()), scenario, figure);
		return Double.isNaN(ratio) ? "-" : "%.2f".formatted(ratio);
	}

	private String added(Key key) {
		double p50 = median(key, Scenario.PACED, Measurement::p50);
		return Double.isNaN(p50) ? "-" : "%,.0f / %,.0f".formatted(p50 - direct(Measurement::p50),
				median(key, Scenario.PACED, Measurement::p99) - direct(Measurement::p99));
	}

	private String open(Subject relay) {
		List<Open> open = this.open.get(relay);
		return (open == null) ? "-"
				: "%.0f KiB%s, %d".formatted(Table.median(open.stream().mapToDouble(Open::kilobytes).toArray()),
						(relay.contender() == Contender.NGINX) ? " RSS" : "", open.stream().mapToInt(Open::lost).sum());
	}

	private double direct(ToDoubleFunction<Measurement> figure) {
		return Table.median(this.direct.stream().mapToDouble(figure).toArray());
	}

	private double median(Key key, Scenario scenario, ToDoubleFunction<Measurement> figure) {
		return Table.median(values(key, scenario, figure));
	}

	private double[] values(Key key, Scenario scenario, ToDoubleFunction<Measurement> figure) {
		return this.measured.getOrDefault(key, Map.of())
			.getOrDefault(scenario, List.of())
			.stream()
			.mapToDouble(figure)
			.filter((value) -> !Double.isNaN(value))
			.toArray();
	}

	private long failures(Key key) {
		return this.measured.getOrDefault(key, Map.of())
			.values()
			.stream()
			.flatMap(List::stream)
			.mapToLong(Measurement::failures)
			.sum();
	}

}
