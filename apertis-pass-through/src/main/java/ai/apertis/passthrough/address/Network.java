package ai.apertis.passthrough.address;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The addresses that begin with the same bits.
 *
 * @param address one of them
 * @param prefix how many bits
 */
public record Network(InetAddress address, int prefix) {

	private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";

	/** What Java reads without looking for a name. */
	private static final Pattern ADDRESS = Pattern
		.compile("(?:" + OCTET + "\\.){3}" + OCTET + "|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%\\w+)?");

	/**
	 * Read a network.
	 * @param text an address, and the number of bits behind a slash unless it is all
	 * @return the network
	 * @throws IllegalArgumentException if it is none
	 */
	public static Network of(String text) {
		String[] parts = text.strip().split("/", 2);
		InetAddress address = parse(parts[0]);
		if (address == null) {
			throw new IllegalArgumentException("'" + text + "' is no address, and no network such as 10.0.0.0/8");
		}
		int bits = address.getAddress().length * Byte.SIZE;
		try {
			int prefix = (parts.length > 1) ? Integer.parseInt(parts[1]) : bits;
			if (prefix >= 0 && prefix <= bits) {
				return new Network(address, prefix);
			}
		}
		catch (NumberFormatException ex) {
			// told below
		}
		throw new IllegalArgumentException("'" + text + "' must end with a number of bits from 0 to " + bits);
	}

	/**
	 * Read an address. Names are not looked up.
	 * @param text the address
	 * @return the address, {@code null} if it is none
	 */
	public static @Nullable InetAddress parse(String text) {
		try {
			return ADDRESS.matcher(text).matches() ? InetAddress.getByName(text) : null;
		}
		catch (UnknownHostException ex) {
			return null;
		}
	}

	/**
	 * Return whether an address is one of these.
	 * @param other the address as a text
	 * @return whether it is; {@code false} also if it is no address
	 */
	public boolean contains(String other) {
		InetAddress parsed = parse(other);
		if (parsed == null || parsed.getAddress().length != this.address.getAddress().length) {
			return false;
		}
		return firstBits(parsed).equals(firstBits(this.address));
	}

	private BigInteger firstBits(InetAddress address) {
		byte[] bytes = address.getAddress();
		return new BigInteger(1, bytes).shiftRight(bytes.length * Byte.SIZE - this.prefix);
	}

}
