package ai.apertis.passthrough.limit;

import ai.apertis.client.stream.EventStream;
import ai.apertis.client.stream.StreamReader;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Reader that tells a budget what has come.
 *
 * @param <T> the type of the elements
 */
public final class BudgetedReader<T> implements StreamReader<T> {

	private final StreamReader<T> reader;

	private final CallBudget budget;

	/**
	 * Create a reader.
	 * @param reader makes the elements
	 * @param budget is told of the tokens
	 */
	public BudgetedReader(StreamReader<T> reader, CallBudget budget) {
		this.reader = reader;
		this.budget = budget;
	}

	@Override
	public @Nullable T next(EventStream events) {
		return counted(events, this.reader.next(events));
	}

	@Override
	public @Nullable T next(EventStream events, DataBuffer buffer) {
		return counted(events, this.reader.next(events, buffer));
	}

	private @Nullable T counted(EventStream events, @Nullable T element) {
		long tokens = events.tokens();
		if (tokens > 0) {
			this.budget.spent(tokens);
		}
		return element;
	}

	@Override
	public void discard(T element, Context context) {
		this.reader.discard(element, context);
	}

}
