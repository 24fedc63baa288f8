package ai.apertis.client.connection;

import java.io.IOException;
import java.nio.channels.NotYetConnectedException;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What becomes of the faults of a connection.
 */
class ConnectionFaultsTests {

	private boolean connected;

	private final EmbeddedChannel channel = new EmbeddedChannel(new ConnectionFaults()) {

		@Override
		public boolean isActive() {
			return ConnectionFaultsTests.this.connected && super.isActive();
		}

	};

	@Test
	void doesNotGiveUpAConnectionThatIsReadTooSoon() {
		this.channel.pipeline().fireExceptionCaught(new NotYetConnectedException());
		assertThatNoException().isThrownBy(this.channel::checkException);
	}

	@Test
	void handsOnWhatComesOfAConnectionThatWasThere() {
		this.connected = true;
		this.channel.pipeline().fireExceptionCaught(new NotYetConnectedException());
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(this.channel::checkException);
	}

	@Test
	void takesTheStackTraceOutOfFaults() {
		IOException reset = new IOException("Connection reset by peer");
		this.channel.pipeline().fireExceptionCaught(reset);
		assertThatExceptionOfType(IOException.class).isThrownBy(this.channel::checkException).isSameAs(reset);
		assertThat(reset.getStackTrace()).isEmpty();
	}

}
