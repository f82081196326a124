package io.agentsocket.server.bounds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sockets without a session get and lose places.
 */
class PlacesTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final List<String> evicted = new ArrayList<>();

	private long now;

	private Places places(int max, int share) {
		return new Places(max, share, SECOND.multipliedBy(5), () -> this.now);
	}

	private Places.Place take(Places places, String address, String name) {
		assertThat(places.obstacle(address)).isNull();
		Places.Place[] place = new Places.Place[1];
		place[0] = places.take(address, () -> {
			this.evicted.add(name);
			place[0].giveBack();
		});
		return place[0];
	}

	private void afterPatience() {
		this.now += SECOND.toNanos();
	}

	@Test
	void addressMayOpenAsManySessionsAtOnceAsItsShareAndResumeMore() {
		Places places = places(100, 2);
		Places.Place first = take(places, "a", "1");
		assertThat(first.mayOpen()).isTrue();
		assertThat(take(places, "a", "2").mayOpen()).isTrue();
		Places.Place third = take(places, "a", "3");
		assertThat(third.mayOpen()).isFalse();
		assertThat(take(places, "b", "4").mayOpen()).isTrue();
		first.giveBack();
		assertThat(third.mayOpen()).isTrue();
		assertThat(take(places, "a", "5").mayOpen()).isFalse();
	}

	@Test
	void socketThatHasLeftTakesNothingOfTheShareOfItsAddress() {
		Places places = places(100, 1);
		Places.Place first = take(places, "a", "1");
		Places.Place late = take(places, "a", "2");
		Places.Place waiting = take(places, "a", "3");
		late.giveBack();
		first.giveBack();
		// The store has answered a HELLO whose socket is closed.
		assertThat(late.mayOpen()).isFalse();
		assertThat(waiting.mayOpen()).isTrue();
		waiting.giveBack();
		assertThat(places.isUnused()).isTrue();
	}

	@Test
	void addressHasFiveShares() {
		Places places = places(100, 2);
		for (int i = 0; i < 10; i++) {
			take(places, "a", "a" + i);
		}
		assertThat(places.obstacle("a")).isEqualTo(Refusal.ADDRESS_HANDSHAKES);
		take(places, "b", "b");
		afterPatience();
		take(places, "a", "late");
		assertThat(this.evicted).containsExactly("a0");
	}

	@Test
	void silentSocketsBeyondTheShareOfTheirAddressGiveWayToOtherAddresses() {
		Places places = places(4, 1);
		take(places, "a", "a0");
		take(places, "a", "a1");
		take(places, "a", "a2");
		take(places, "a", "a3");
		assertThat(places.obstacle("a")).isEqualTo(Refusal.ADDRESS_HANDSHAKES);
		take(places, "b", "b");
		take(places, "c", "c");
		assertThat(this.evicted).containsExactly("a1", "a2");
		assertThat(places.taken()).isEqualTo(4);
	}

	@Test
	void socketThatHasSaidHelloKeepsItsPlace() {
		Places places = places(2, 1);
		take(places, "a", "a0").heard();
		take(places, "a", "a1").heard();
		afterPatience();
		assertThat(places.obstacle("b")).isEqualTo(Refusal.HANDSHAKES);
		assertThat(places.obstacle("a")).isEqualTo(Refusal.ADDRESS_HANDSHAKES);
		assertThat(places.obstacle(null)).isEqualTo(Refusal.HANDSHAKES);
		assertThat(this.evicted).isEmpty();
	}

	@Test
	void silentSocketOfAnyAddressGivesWayAfterAWhile() {
		Places places = places(2, 10);
		take(places, "a", "a");
		take(places, "b", "b");
		assertThat(places.obstacle("c")).isEqualTo(Refusal.HANDSHAKES);
		afterPatience();
		take(places, "c", "c");
		assertThat(this.evicted).containsExactly("a");
	}

	@Test
	void addressBeyondItsShareTakesNoPlaceOfAnotherOne() {
		Places places = places(2, 1);
		take(places, "a", "a").heard();
		take(places, "b", "b");
		afterPatience();
		assertThat(places.obstacle("a")).isEqualTo(Refusal.ADDRESS_HANDSHAKES);
	}

	@Test
	void nothingIsKeptOfWhatWasGivenBack() {
		Places places = places(10, 1);
		List<Places.Place> all = List.of(take(places, "a", "1"), take(places, "a", "2"), take(places, "b", "3"),
				take(places, "c", "4"));
		all.get(1).heard();
		all.forEach(Places.Place::giveBack);
		all.forEach(Places.Place::giveBack);
		assertThat(places.isUnused()).isTrue();
	}

}
