package ai.apertis;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Fails a class of tests, each of them, if Netty's leak detector has found a buffer that
 * nobody has released.
 */
public class NoLeaks implements AfterAllCallback {

	/**
	 * Loses an event at times if its client goes while it is written, also where nothing
	 * of ours is on the way.
	 */
	private static final String SPRINGS_WRITER = "org.springframework.http.codec.ServerSentEventHttpMessageWriter";

	private static final List<String> REPORTS = new CopyOnWriteArrayList<>();

	@Override
	public void afterAll(ExtensionContext context) {
		if (NoLeaks.class.getClassLoader() != ClassLoader.getSystemClassLoader()) {
			// a test in a class loader of its own has a Netty of its own, which finds no
			// detector of that loader
			return;
		}
		System.gc();
		// the detector looks for what has been collected when the next buffer is made
		ByteBufAllocator.DEFAULT.buffer().release();
		List<String> reports = REPORTS.stream().filter((report) -> !isOfSpringsWriter(report)).toList();
		REPORTS.clear();
		assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
		assertThat(ResourceLeakDetectorFactory.instance().newResourceLeakDetector(ByteBuf.class))
			.isInstanceOf(Detector.class);
		assertThat(reports).isEmpty();
	}

	/**
	 * Return whether that writer has made the buffer, by no code of ours.
	 */
	private static boolean isOfSpringsWriter(String report) {
		String creation = report.substring(Math.max(0, report.indexOf("Created at:")));
		int writer = creation.indexOf(SPRINGS_WRITER);
		int ours = creation.indexOf("ai.apertis.");
		return writer >= 0 && (ours < 0 || writer < ours);
	}

	/**
	 * Detector that remembers its reports.
	 */
	public static final class Detector<T> extends ResourceLeakDetector<T> {

		public Detector(Class<?> type, int samplingInterval) {
			super(type, samplingInterval);
		}

		@SuppressWarnings("deprecation")
		public Detector(Class<?> type, int samplingInterval, long maxActive) {
			super(type, samplingInterval, maxActive);
		}

		@Override
		protected void reportTracedLeak(String type, String records) {
			REPORTS.add(type + records);
		}

		@Override
		protected void reportUntracedLeak(String type) {
			REPORTS.add(type);
		}

	}

}
