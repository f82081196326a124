package io.agentsocket.client;

import java.util.Map;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When a client shows another credential, whatever the server says of the present one.
 */
class CredentialRefreshTests {

	@RepeatedTest(20)
	void anotherCredentialIsShownBeforeThePresentOneExpires() {
		assertThat(CredentialRefresh.untilNext(100_000).toMillis()).isBetween(70_000L, 90_000L);
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 9, 10, 999 })
	void credentialsThatExpireAtOnceAreShownOnceASecond(long expires) {
		assertThat(CredentialRefresh.untilNext(expires)).hasMillis(1_000);
	}

	@Test
	void timesThatAreNoneSayNothing() {
		assertThat(CredentialRefresh.expires(Map.of("expires", 5))).isEqualTo(5);
		assertThat(CredentialRefresh.expires(Map.of())).isEqualTo(-1);
		assertThat(CredentialRefresh.expires(Map.of("expires", "soon"))).isEqualTo(-1);
		assertThat(CredentialRefresh.expires(Map.of("expires", Long.MAX_VALUE))).isEqualTo(-1);
		assertThat(CredentialRefresh.expires(Map.of("expires", 1e300))).isEqualTo(-1);
	}

}
