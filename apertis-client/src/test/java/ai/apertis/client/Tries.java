package ai.apertis.client;

import java.util.Random;
import java.util.function.Consumer;

/**
 * Tries a property with many inputs that are made of a seed each. A failure names its
 * seed. For as long as one likes by hand:
 *
 * <pre class="code">
 * ./mvnw -pl apertis-client -am test -Dtest=StreamFuzzTests -Dsurefire.failIfNoSpecifiedTests=false -Dapertis.test.tries=1000000 -Dapertis.test.seed=7
 * </pre>
 */
public final class Tries {

	private static final long FIRST_SEED = Long.getLong("apertis.test.seed", 20261125);

	private static final int MAX_CHANGES = 3;

	private Tries() {
	}

	/**
	 * Try a property.
	 * @param tries how often, unless the command line says otherwise
	 * @param property fails if it does not hold for the inputs that it makes of a random
	 * generator
	 */
	public static void of(int tries, Consumer<Random> property) {
		int count = Integer.getInteger("apertis.test.tries", tries);
		for (long seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
			try {
				// seeds side by side would begin alike
				property.accept(new Random(seed * 0x9E3779B97F4A7C15L));
			}
			catch (Exception | AssertionError ex) {
				throw new AssertionError(
						"Fails with -Dapertis.test.seed=" + seed + " -Dapertis.test.tries=1: " + ex.getMessage(), ex);
			}
		}
	}

	/**
	 * Change one to three bytes.
	 * @param bytes the bytes, which stay as they are
	 * @param random where and how
	 * @return the changed bytes
	 */
	public static byte[] changed(byte[] bytes, Random random) {
		byte[] changed = bytes.clone();
		for (int i = random.nextInt(MAX_CHANGES); i >= 0; i--) {
			changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
		}
		return changed;
	}

}
