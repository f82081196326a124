package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link ServerAddresses}.
 */
class ServerAddressesTests {

	private static final List<URI> URIS = List.of(URI.create("ws://a:1/x"), URI.create("ws://b:2/x"),
			URI.create("ws://c:3/x"));

	private static List<String> pass(ServerAddresses addresses, boolean leaving) {
		addresses.begin(leaving);
		List<String> pass = new ArrayList<>();
		while (addresses.hasNext(0)) {
			pass.add(addresses.next(0).uri().getHost());
		}
		return pass;
	}

	@Test
	void eachPassBeginsWithTheFirst() {
		ServerAddresses addresses = new ServerAddresses(URIS, UriPolicy.IN_ORDER);
		assertThat(pass(addresses, false)).containsExactly("a", "b", "c");
		addresses.begin(false);
		addresses.next(0);
		assertThat(pass(addresses, false)).containsExactly("a", "b", "c");
		addresses.begin(false);
		addresses.next(0);
		assertThat(pass(addresses, true)).containsExactly("b", "c", "a");
	}

	@Test
	void eachPassBeginsBehindTheLatest() {
		ServerAddresses addresses = new ServerAddresses(URIS, UriPolicy.ROUND_ROBIN);
		addresses.begin(false);
		assertThat(addresses.next(0).uri().getHost()).isEqualTo("a");
		assertThat(pass(addresses, false)).containsExactly("b", "c", "a");
		addresses.begin(false);
		assertThat(addresses.next(0).uri().getHost()).isEqualTo("b");
		assertThat(pass(addresses, true)).containsExactly("c", "a", "b");
	}

	@Test
	void eachPassHasAnOrderOfItsOwn() {
		ServerAddresses addresses = new ServerAddresses(URIS, UriPolicy.RANDOM);
		Set<List<String>> seen = new HashSet<>();
		for (int i = 0; i < 1000; i++) {
			List<String> pass = pass(addresses, false);
			assertThat(pass).containsExactlyInAnyOrder("a", "b", "c");
			seen.add(pass);
		}
		assertThat(seen).hasSize(6);
	}

	@Test
	void addressThatWantsNoAttemptIsLeftOut() {
		ServerAddresses addresses = new ServerAddresses(URIS, UriPolicy.IN_ORDER);
		addresses.begin(false);
		ServerAddress first = addresses.next(0);
		first.failed(new Failure("busy", Failure.Verdict.RETRY, 1006, Duration.ofNanos(100), null), 0);
		addresses.begin(false);
		assertThat(addresses.next(0).uri().getHost()).isEqualTo("b");
		assertThat(addresses.notBefore(0)).isZero();
		addresses.begin(false);
		assertThat(addresses.next(100).uri().getHost()).isEqualTo("a");
	}

	@Test
	void doubtIsOverWhenAllAddressesHaveAnsweredTheSameForLong() {
		ServerAddresses addresses = new ServerAddresses(URIS.subList(0, 2), UriPolicy.IN_ORDER);
		Failure doubt = new Failure("404", Failure.Verdict.DOUBT, 1006, Duration.ZERO, null);
		Duration time = Duration.ofNanos(10);
		addresses.begin(false);
		ServerAddress a = addresses.next(0);
		ServerAddress b = addresses.next(0);
		a.failed(doubt, 0);
		assertThat(addresses.areDoubtful(time, 20)).isFalse();
		b.failed(doubt, 15);
		assertThat(addresses.areDoubtful(time, 20)).isFalse();
		assertThat(addresses.areDoubtful(time, 25)).isTrue();
		a.failed(new Failure("broken", Failure.Verdict.RETRY, 1006, Duration.ZERO, null), 26);
		assertThat(addresses.areDoubtful(time, 50)).isFalse();
	}

	@Test
	void secretsOfAnAddressAreNotTold() {
		ServerAddresses addresses = new ServerAddresses(List.of(URI.create("wss://me:secret@a.example/x?key=secret")),
				UriPolicy.IN_ORDER);
		assertThat(addresses).hasToString("wss://a.example/x");
	}

	@Test
	void addressesThatAreNoneAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> AgentSocketClient.builder(List.of()));
		assertThatIllegalArgumentException().isThrownBy(() -> AgentSocketClient.builder("http://a/x"))
			.withMessageContaining("ws://");
		assertThatIllegalArgumentException().isThrownBy(() -> AgentSocketClient.builder("ws:///x"))
			.withMessageContaining("host");
	}

}
