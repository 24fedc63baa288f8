package ai.apertis.benchmarks;

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
	 * The value in the middle, of the lower half if there are two.
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
		return (sorted.length > 0) ? sorted[(int) ((sorted.length - 1) * share)] : Double.NaN;
	}

	@Override
	public String toString() {
		return String.join("\n", this.lines);
	}

}
