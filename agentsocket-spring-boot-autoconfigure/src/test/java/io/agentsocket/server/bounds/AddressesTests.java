package io.agentsocket.server.bounds;

import java.net.InetSocketAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Addresses that containers and proxies tell.
 */
class AddressesTests {

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, 127.0.0.1", "255.249.199.0, 255.249.199.0", "::1, 0:0:0:0:0:0:0:1",
			"[2001:db8::7], 2001:db8:0:0:0:0:0:7", "fe80::1%eth0, fe80:0:0:0:0:0:0:1", "::ffff:10.1.2.3, 10.1.2.3" })
	void anAddressIsRead(String text, String address) {
		InetSocketAddress read = Addresses.literal(text, 7);
		assertThat(read.isUnresolved()).isFalse();
		assertThat(read.getAddress().getHostAddress()).isEqualTo(address);
		assertThat(read.getPort()).isEqualTo(7);
	}

	@ParameterizedTest
	@ValueSource(strings = { "localhost", "unknown", "_hidden", "256.1.1.1", "1.2.3", "1", "10.0.0.1:80", "1:2:3",
			":::", "cafe", "[]", "", "%", "0x7f.1", "1:2:3:4:5:6:7:8:9" })
	void nothingElseIsLookedUp(String text) {
		InetSocketAddress read = Addresses.literal(text, 7);
		assertThat(read.isUnresolved()).isTrue();
		assertThat(Addresses.key(read)).isEqualTo(text);
	}

}
