package io.agentsocket.security;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.InMemoryOneTimeValues;
import io.agentsocket.session.OneTimeValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests of {@link Tickets}.
 */
class TicketsTests {

	private static final Duration TTL = Duration.ofMinutes(1);

	private final List<String> stored = new ArrayList<>();

	private final OneTimeValues values = new InMemoryOneTimeValues();

	private final Tickets tickets = new Tickets(new OneTimeValues() {

		@Override
		public Mono<Void> put(String key, Bytes value, Duration ttl) {
			TicketsTests.this.stored.add(key + " " + value.toUtf8());
			return TicketsTests.this.values.put(key, value, ttl);
		}

		@Override
		public Mono<Bytes> take(String key) {
			return TicketsTests.this.values.take(key);
		}

	}, TTL);

	private static Authentication principal(String name) {
		return new TestingAuthenticationToken(name, "password", "ROLE_\u00e9", "read");
	}

	@Test
	void aTicketGivesNameAndAuthoritiesOnce() {
		String ticket = this.tickets.issue(principal("al\u00efce")).block(Await.LONG);
		TicketAuthentication redeemed = this.tickets.redeem(ticket).block(Await.LONG);
		assertThat(redeemed.getName()).isEqualTo("al\u00efce");
		assertThat(redeemed.isAuthenticated()).isTrue();
		assertThat(redeemed.getAuthorities()).extracting(Object::toString).containsExactly("ROLE_\u00e9", "read");
		assertThat(redeemed.expiresAt()).isNull();
		assertThat(this.tickets.redeem(ticket).block(Await.LONG)).isNull();
		assertThat(this.tickets.redeem("ast_guess").block(Await.LONG)).isNull();
	}

	@Test
	void aTicketKeepsTheExpiryOfTheCredential() {
		Instant expires = Instant.ofEpochMilli(4_000_000_000_000L);
		String ticket = this.tickets.issue(new TicketAuthentication("alice", List.of(), expires)).block(Await.LONG);
		assertThat(this.tickets.redeem(ticket).block(Await.LONG).expiresAt()).isEqualTo(expires);
	}

	@ParameterizedTest
	@MethodSource("unusual")
	void anExpiryThatNoNumberTellsIsTheNearest(Instant expires, Instant told) {
		String ticket = this.tickets.issue(new TicketAuthentication("alice", List.of(), expires)).block(Await.LONG);
		assertThat(this.tickets.redeem(ticket).block(Await.LONG).expiresAt()).isEqualTo(told);
	}

	static Stream<Arguments> unusual() {
		return Stream.of(arguments(Instant.MAX, Instant.ofEpochMilli(Long.MAX_VALUE)),
				arguments(Instant.MIN, Instant.ofEpochMilli(Long.MIN_VALUE)),
				// Another number says that it does not expire.
				arguments(Instant.EPOCH, Instant.ofEpochMilli(-1)));
	}

	@Test
	void neitherTheTicketNorTheCredentialIsStored() {
		String ticket = this.tickets.issue(principal("alice")).block(Await.LONG);
		assertThat(this.stored).hasSize(1);
		assertThat(this.stored.get(0)).doesNotContain(ticket)
			.doesNotContain(ticket.substring(4))
			.doesNotContain("password")
			.contains("alice");
	}

	@Test
	void aPrincipalGetsOnlySoManyAtOnce() {
		Set<String> different = new HashSet<>();
		for (int i = 0; i < 20; i++) {
			different.add(this.tickets.issue(principal("alice")).block(Await.LONG));
		}
		assertThat(different).hasSize(20).doesNotContainNull();
		assertThat(this.tickets.issue(principal("alice")).block(Await.LONG)).isNull();
		assertThat(this.tickets.issue(principal("bob")).block(Await.LONG)).isNotNull();
	}

	@Test
	void theQuotaBeginsAnewWhenTheTicketsAreOver() {
		TicketQuota quota = new TicketQuota(Duration.ofMillis(50));
		Await.until(() -> {
			for (int i = 0; i < 20; i++) {
				quota.take("alice");
			}
			return !quota.take("alice");
		});
		Await.until(() -> quota.take("alice"));
	}

}
