package ai.apertis.passthrough.address;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link TrustedProxies}.
 */
class TrustedProxiesTests {

	private final TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8", "127.0.0.1", "fc00::/7", "::1/128"));

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "203.0.113.9 | 1.1.1.1 | 203.0.113.9", "10.1.2.3 | 1.1.1.1 | 1.1.1.1",
					"10.1.2.3 | 6.6.6.6, 1.1.1.1 | 1.1.1.1", "127.0.0.1 | 6.6.6.6, 1.1.1.1, 10.9.9.9 | 1.1.1.1",
					"127.0.0.1 | 10.0.0.1 | 10.0.0.1", "10.1.2.3 | 1.1.1.1:4711 | 1.1.1.1",
					"::1 | [2001:db8::1]:443 | 2001:db8::1", "::1 | 2001:db8::1 | 2001:db8::1",
					"fd00::5 | 6.6.6.6, fd00::6, 1.1.1.1, fc00::1 | 1.1.1.1", "127.0.0.2 | 1.1.1.1 | 127.0.0.2",
					"10.1.2.3 | unknown | unknown", "10.1.2.3 | 1.1.1.1, proxy.local | proxy.local",
					"10.1.2.3 | '' | 10.1.2.3", "10.1.2.3 | ' , 1.1.1.1 , ' | 1.1.1.1" })
	void theLastAddressCountsThatIsNoProxys(String peer, String header, String client) {
		assertThat(this.proxies.client(peer, List.of(), List.of(header))).isEqualTo(client);
	}

	@Test
	void readsSeveralHeadersOfEitherKind() {
		assertThat(this.proxies.client("10.0.0.1", List.of(), List.of("6.6.6.6", "1.1.1.1, 10.0.0.2")))
			.isEqualTo("1.1.1.1");
		assertThat(this.proxies.client("10.0.0.1",
				List.of("for=6.6.6.6;proto=http, For=\"[2001:db8::1]:99\"", "by=x;for=10.0.0.2"), List.of()))
			.isEqualTo("2001:db8::1");
		assertThat(this.proxies.client(null, List.of(), List.of("1.1.1.1"))).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "for=\"evil, for=\"[2001:db8::1]:99\"", "for=\"evil;x, for=2001:db8::1",
			"for=6.6.6.6;by=\"a, for=\"[2001:db8::1]\"", "x=\"for=6.6.6.6\", for=\"[2001:db8::1]\"" })
	void nothingThatAClientSendsHidesWhatAProxyAdds(String header) {
		assertThat(this.proxies.client("10.0.0.1", List.of(header), List.of())).isEqualTo("2001:db8::1");
	}

	@Test
	void aHeaderThatTheProxyDoesNotKnowMakesNobodyANewCaller() {
		List<String> genuine = List.of("1.1.1.1");
		for (String forged : List.of("6.6.6.6", "7.7.7.7")) {
			assertThat(this.proxies.client("10.0.0.1", List.of("for=" + forged), genuine)).isEqualTo("10.0.0.1");
			assertThat(this.proxies.client("10.0.0.1", List.of("for=1.1.1.1"), List.of(forged))).isEqualTo("10.0.0.1");
		}
		assertThat(this.proxies.client("10.0.0.1", List.of("for=1.1.1.1"), genuine)).isEqualTo("1.1.1.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "proxy.local", "10.0.0.0/33", "10.0.0.0/x",
			"10.0.0.0/-1", "::/129", "300.1.1.1" })
	void refusesWhatIsNoNetwork(String network) {
		assertThatIllegalArgumentException().isThrownBy(() -> TrustedProxies.of(List.of(network)))
			.withMessageContaining("'" + network + "'");
	}

}
