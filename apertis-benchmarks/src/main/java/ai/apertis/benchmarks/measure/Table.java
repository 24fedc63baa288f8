package ai.apertis.benchmarks.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table in Markdown.
 */
public final class Table {

	private final List<String> lines = new ArrayList<>();

	/**
	 * Create a table.
	 * @param head the names of its columns
	 */
	public Table(String... head) {
		row(head);
		this.lines.add("|---|" + "--:|".repeat(head.length - 1));
	}

	/**
	 * Add a row.
	 * @param cells its cells
	 */
	public void row(String... cells) {
		this.lines.add("| " + String.join(" | ", cells) + " |");
	}

	/**
	 * The value in the middle, or between the two in the middle.
	 */
	public static double median(double... values) {
		return quantile(values, 0.5);
	}

	/**
	 * The value below which a share of all values lies.
	 */
	public static double quantile(double[] values, double share) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		if (sorted.length == 0) {
			return Double.NaN;
		}
		double rank = (sorted.length - 1) * share;
		double below = sorted[(int) Math.floor(rank)];
		return below + (sorted[(int) Math.ceil(rank)] - below) * (rank - Math.floor(rank));
	}

	@Override
	public String toString() {
		return String.join("\n", this.lines);
	}

}
