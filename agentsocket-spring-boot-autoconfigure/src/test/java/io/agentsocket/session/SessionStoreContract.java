package io.agentsocket.session;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.SessionStore.ClaimRequest;
import io.agentsocket.session.StoredSession.LogEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Contract of each {@link SessionStore}.
 */
public abstract class SessionStoreContract {

	protected static final Duration PATIENCE = Await.LONG;

	protected static final Duration TTL = Duration.ofMinutes(1);

	/** Long enough for a few commands on a busy machine. */
	protected static final Duration SHORT = Duration.ofSeconds(1);

	protected final String id = UUID.randomUUID().toString();

	protected final SessionState state = new SessionState(this.id, "log1", 1, "ann", new AgentInfo("näme", "1.0"),
			"cbor", Instant.now().truncatedTo(ChronoUnit.MILLIS));

	protected abstract SessionStore store();

	/** Let a time pass for the store. */
	protected abstract void pass(Duration duration);

	/** Look at what is stored after each operation. */
	protected void inspect() {
	}

	@AfterEach
	void inspectAfterwards() {
		inspect();
	}

	protected final <T> @Nullable T get(Mono<T> mono) {
		try {
			return mono.block(PATIENCE);
		}
		finally {
			inspect();
		}
	}

	protected final void open() {
		get(store().open(this.state, "a/1", "t1", TTL));
	}

	protected final @Nullable Claim claim(String presented, String next, String owner, String candidate) {
		return get(store().claim(this.id, new ClaimRequest(presented, next, "ann", 0), owner, candidate, TTL));
	}

	protected final Claim claimed(String presented, String next, String owner, String candidate) {
		Claim claim = claim(presented, next, owner, candidate);
		assertThat(claim).isNotNull();
		return claim;
	}

	protected static Commit step(long number) {
		return new Commit(number, 0, 0, 0, List.of(), Map.of(), Set.of(), 0, null);
	}

	protected static Commit sent(long number, long acknowledged, LogEntry... entries) {
		long sent = (entries.length > 0) ? entries[entries.length - 1].last() : acknowledged;
		return new Commit(number, number, sent, acknowledged, List.of(entries), Map.of(), Set.of(), 0, null);
	}

	protected static LogEntry entry(long first, long last) {
		return new LogEntry(first, last, Bytes.utf8("frames " + first + "-" + last));
	}

	protected final void commit(String owner, Commit commit) {
		get(store().commit(this.id, owner, commit));
	}

	protected final void fenced(long epoch, Mono<?> mono) {
		assertThatExceptionOfType(FencedException.class).isThrownBy(() -> get(mono))
			.satisfies((ex) -> assertThat(ex.epoch()).isEqualTo(epoch));
	}

	private StoredSession stored() {
		StoredSession stored = claimed("t1", "t1", "", "b/" + UUID.randomUUID()).stored();
		assertThat(stored).isNotNull();
		return stored;
	}

	@Test
	void findsWhatWasOpened() {
		assertThat(get(store().find(this.id))).isNull();
		assertThat(get(store().owner(this.id))).isNull();
		open();
		assertThat(get(store().owner(this.id))).isEqualTo("a/1");
		assertThat(get(store().find(this.id))).isEqualTo(this.state);
	}

	@Test
	void findsASessionWithoutPrincipalAndAgent() {
		SessionState anonymous = new SessionState(this.id, "log1", 1, null, AgentInfo.UNKNOWN, "json",
				this.state.createdAt());
		get(store().open(anonymous, "a/1", "t1", TTL));
		assertThat(get(store().find(this.id))).isEqualTo(anonymous);
	}

	@Test
	void readsOneRecord() {
		assertThat(get(store().record(this.id, "l"))).isNull();
		open();
		assertThat(get(store().record(this.id, "l"))).isNull();
		commit("a/1",
				new Commit(1, 0, 0, 0, List.of(), Map.of("l", Bytes.utf8("x"), "m", Bytes.EMPTY), Set.of(), 0, null));
		assertThat(get(store().record(this.id, "l"))).isEqualTo(Bytes.utf8("x"));
		assertThat(get(store().record(this.id, "m"))).isEqualTo(Bytes.EMPTY);
		get(store().end(this.id));
		assertThat(get(store().record(this.id, "l"))).isNull();
	}

	private List<String> sessions(String principal) {
		return store().sessions(principal).collectList().blockOptional(PATIENCE).orElseThrow();
	}

	@Test
	void findsTheSessionsOfAPrincipal() {
		String ann = "ann {" + this.id + "}";
		String other = UUID.randomUUID().toString();
		assertThat(sessions(ann)).isEmpty();
		for (String session : List.of(this.id, other)) {
			get(store().open(state(session, ann), "a/1", "t1", TTL));
		}
		get(store().open(state(UUID.randomUUID().toString(), null), "a/2", "t1", TTL));
		assertThat(sessions(ann)).containsExactlyInAnyOrder(this.id, other);
		assertThat(sessions("bob")).isEmpty();
		get(store().claim(this.id, new ClaimRequest("t1", "t2", ann, 0), "", "b/1", TTL));
		get(store().end(other));
		assertThat(sessions(ann)).containsExactly(this.id);
		get(store().end(this.id));
		assertThat(sessions(ann)).isEmpty();
	}

	@Test
	void sessionOfAPrincipalIsFoundAsLongAsItIsKept() {
		String ann = UUID.randomUUID().toString();
		get(store().open(state(this.id, ann), "a/1", "t1", SHORT));
		get(store().keep(this.id, "a/1", TTL));
		pass(SHORT.multipliedBy(2));
		assertThat(sessions(ann)).containsExactly(this.id);
		get(store().keep(this.id, "a/1", SHORT));
		pass(SHORT.multipliedBy(2));
		assertThat(sessions(ann)).isEmpty();
		String later = UUID.randomUUID().toString();
		get(store().open(state(later, ann), "a/1", "t1", TTL));
		assertThat(sessions(ann)).containsExactly(later);
	}

	private SessionState state(String session, @Nullable String principal) {
		return new SessionState(session, "log1", 1, principal, AgentInfo.UNKNOWN, "cbor", this.state.createdAt());
	}

	@Test
	void claimMovesASessionWithAllThatWasCommitted() {
		open();
		commit("a/1", new Commit(1, 7, 4, 1, List.of(entry(1, 1), entry(2, 3), entry(4, 4)),
				Map.of("call:1", Bytes.utf8("x"), "empty", Bytes.EMPTY), Set.of(), 0, null));
		Claim claim = claimed("t1", "t2", "", "b/1");
		assertThat(claim.state())
			.isEqualTo(new SessionState(this.id, "log1", 2, "ann", this.state.agent(), "cbor", this.state.createdAt()));
		assertThat(claim.previousOwners()).containsExactly("a/1");
		assertThat(get(store().owner(this.id))).isEqualTo("b/1");
		assertThat(claim.stored()).isEqualTo(new StoredSession(1, 7, 4, 1, List.of(entry(2, 3), entry(4, 4)),
				Map.of("call:1", Bytes.utf8("x"), "empty", Bytes.EMPTY), 0));
	}

	@Test
	void claimByTheOwnerLeavesTheSessionWhereItIs() {
		open();
		commit("a/1", step(1));
		Claim claim = claimed("t1", "t2", "a/1", "a/2");
		assertThat(claim.stored()).isNull();
		assertThat(claim.previousOwners()).isEmpty();
		assertThat(claim.state().epoch()).isEqualTo(2);
		commit("a/1", step(2));
		fenced(2, store().commit(this.id, "a/2", step(3)));
	}

	@Test
	void claimNeedsTheRightToken() {
		open();
		assertThat(claim("wrong", "t2", "", "b/1")).isNull();
		assertThat(claim("", "t2", "", "b/1")).isNull();
		assertThat(get(store().find(this.id))).isEqualTo(this.state);
		commit("a/1", step(1));
	}

	@Test
	void claimNeedsASession() {
		assertThat(claim("t1", "t2", "", "b/1")).isNull();
		for (String strange : List.of("", "}", "{", "a b", "ä", "x".repeat(10_000))) {
			ClaimRequest request = new ClaimRequest("t1", "t2", null, 0);
			assertThat(get(store().claim(strange, request, "", "b/1", TTL))).isNull();
			assertThat(get(store().find(strange))).isNull();
			assertThat(get(store().push(strange, Bytes.EMPTY))).isNull();
			fenced(0, store().commit(strange, "a/1", step(1)));
		}
	}

	@Test
	void claimNeedsTheSamePrincipal() {
		open();
		for (String principal : new String[] { null, "", "bob" }) {
			ClaimRequest request = new ClaimRequest("t1", "t2", principal, 0);
			assertThat(get(store().claim(this.id, request, "", "b/1", TTL))).isNull();
		}
		assertThat(claim("t1", "t2", "", "b/1")).isNotNull();
	}

	@Test
	void anonymousSessionIsNotForSomebodyWithAName() {
		get(store().open(new SessionState(this.id, "l", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now()), "a/1", "t1",
				TTL));
		assertThat(claim("t1", "t2", "", "b/1")).isNull();
		assertThat(get(store().claim(this.id, new ClaimRequest("t1", "t2", "", 0), "", "b/1", TTL))).isNull();
		assertThat(get(store().claim(this.id, new ClaimRequest("t1", "t2", null, 0), "", "b/1", TTL))).isNotNull();
	}

	@Test
	void attemptThatWasGivenUpTakesNothingFromALaterOne() {
		open();
		assertThat(attempt("t1", "t2", 2, "b/1")).isNotNull();
		commit("b/1", step(1));
		// Attempts that the agent has given up come late.
		assertThat(attempt("t1", "t9", 1, "c/1")).isNull();
		assertThat(attempt("t1", "t9", 2, "c/1")).isNull();
		commit("b/1", step(2));
		// The agent has not seen t2 and tries on.
		assertThat(attempt("t1", "t3", 3, "d/1")).isNotNull();
		assertThat(attempt("t1", "t9", 2, "c/1")).isNull();
		// It counts anew with each token.
		assertThat(attempt("t3", "t4", 1, "e/1")).isNotNull();
		commit("e/1", step(3));
		assertThat(attempt("t3", "t5", 2, "f/1")).isNotNull();
		// Others do not count.
		assertThat(attempt("t3", "t6", 0, "g/1")).isNotNull();
	}

	private @Nullable Claim attempt(String presented, String next, long attempt, String candidate) {
		return get(store().claim(this.id, new ClaimRequest(presented, next, "ann", attempt), "", candidate, TTL));
	}

	@Test
	void tokenBeforeIsValidUntilTheNewOneIsConfirmed() {
		open();
		claimed("t1", "t2", "", "b/1");
		// The agent has not seen t2.
		assertThat(claimed("t1", "t3", "", "c/1").state().epoch()).isEqualTo(3);
		assertThat(claim("t2", "t9", "", "d/1")).isNull();
		get(store().invalidatePreviousToken(this.id, 2));
		assertThat(claimed("t1", "t4", "", "e/1").state().epoch()).isEqualTo(4);
		get(store().invalidatePreviousToken(this.id, 4));
		assertThat(claim("t1", "t9", "", "f/1")).isNull();
		assertThat(claimed("t4", "t5", "", "g/1").state().epoch()).isEqualTo(5);
	}

	@Test
	void latestOwnersBeforeAreKnown() {
		open();
		for (int i = 1; i <= 10; i++) {
			claimed("t" + i, "t" + (i + 1), "", "b/" + i);
		}
		assertThat(claimed("t11", "t12", "", "c/1").previousOwners()).containsExactly("b/10", "b/9", "b/8", "b/7",
				"b/6", "b/5", "b/4", "b/3");
	}

	@Test
	void stepWhoseReplyGotLostIsAcceptedAgainAlthoughAnotherOwnerHasCome() {
		open();
		commit("a/1", step(1));
		commit("a/1", step(2));
		claimed("t1", "t2", "", "b/1");
		commit("b/1", step(3));
		claimed("t2", "t3", "", "c/1");
		commit("a/1", step(2));
		fenced(3, store().commit(this.id, "a/1", step(3)));
		commit("b/1", step(3));
		fenced(3, store().commit(this.id, "b/1", step(4)));
		assertThat(claimed("t3", "t4", "", "d/1").stored().commit()).isEqualTo(3);
	}

	@Test
	void messagesThatWereReadAreNotReadAgain() {
		open();
		List<Bytes> all = List.of(Bytes.utf8("m1"), Bytes.utf8("m2"), Bytes.utf8("m3"));
		all.forEach((message) -> get(store().push(this.id, message)));
		assertThat(get(store().pull(this.id, "a/1", 2))).isEqualTo(new Inbox(2, all.subList(2, 3)));
		assertThat(get(store().pull(this.id, "a/1", 3))).isEqualTo(new Inbox(3, List.of()));
		commit("a/1", new Commit(1, 0, 0, 0, List.of(), Map.of(), Set.of(), 1, null));
		assertThat(get(store().pull(this.id, "a/1", 2))).isEqualTo(new Inbox(2, all.subList(2, 3)));
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(1, all.subList(1, 3)));
	}

	@Test
	void ownerEndsOnlyWhatItHas() {
		open();
		fenced(1, store().end(this.id, "b/1", 0));
		claimed("t1", "t2", "a/1", "a/2");
		fenced(2, store().end(this.id, "a/1", 1));
		assertThat(get(store().find(this.id))).isNotNull();
		get(store().end(this.id, "a/1", 2));
		assertThat(get(store().find(this.id))).isNull();
		get(store().end(this.id, "a/1", 2));
	}

	@Test
	void claimWhoseReplyGotLostIsGrantedAgainAsItWas() {
		open();
		commit("a/1", sent(1, 0, entry(1, 2)));
		Claim first = attempt("t1", "t2", 1, "b/1");
		assertThat(first).isNotNull();
		Claim again = attempt("t1", "t2", 1, "b/1");
		assertThat(again).isEqualTo(first);
		assertThat(again.previousOwners()).containsExactly("a/1");
		assertThat(get(store().owner(this.id))).isEqualTo("b/1");
		Claim goesOn = claimed("t2", "t3", "b/1", "b/2");
		assertThat(claimed("t2", "t3", "b/1", "b/2")).isEqualTo(goesOn);
		assertThat(goesOn.state().epoch()).isEqualTo(3);
		// The answer to a later one may be lost, too, but what came before it is void.
		assertThat(attempt("t1", "t2", 1, "b/1")).isNull();
		get(store().invalidatePreviousToken(this.id, 3));
		assertThat(claim("t2", "t3", "b/1", "b/2")).isNull();
	}

	@Test
	void commitIsAcceptedAgainAndChangesNothing() {
		open();
		commit("a/1", sent(1, 0, entry(1, 1)));
		commit("a/1", sent(1, 0, entry(1, 1)));
		commit("a/1", sent(2, 0, entry(2, 2)));
		commit("a/1", sent(1, 0, entry(1, 1)));
		assertThat(stored().log()).containsExactly(entry(1, 1), entry(2, 2));
	}

	@Test
	void commitAfterAGapIsFenced() {
		open();
		commit("a/1", step(1));
		fenced(1, store().commit(this.id, "a/1", step(3)));
		commit("a/1", step(2));
	}

	@Test
	void commitOfTheOwnerBeforeIsFenced() {
		open();
		commit("a/1", sent(1, 0, entry(1, 1)));
		claimed("t1", "t1", "", "b/1");
		fenced(2, store().commit(this.id, "a/1", sent(2, 0, entry(2, 2))));
		fenced(2, store().keep(this.id, "a/1", TTL));
		fenced(2, store().pull(this.id, "a/1", 0));
		commit("b/1", sent(2, 0, entry(2, 3)));
		assertThat(stored().log()).containsExactly(entry(1, 1), entry(2, 3));
	}

	@Test
	void endedSessionIsGone() {
		open();
		commit("a/1", sent(1, 0, entry(1, 1)));
		get(store().push(this.id, Bytes.utf8("m")));
		get(store().end(this.id));
		assertThat(get(store().find(this.id))).isNull();
		assertThat(claim("t1", "t2", "", "b/1")).isNull();
		assertThat(get(store().push(this.id, Bytes.utf8("m")))).isNull();
		fenced(0, store().commit(this.id, "a/1", step(2)));
		fenced(0, store().keep(this.id, "a/1", TTL));
		fenced(0, store().pull(this.id, "a/1", 0));
		get(store().invalidatePreviousToken(this.id, 1));
		get(store().end(this.id));
	}

	@Test
	void sessionExpires() {
		get(store().open(this.state, "a/1", "t1", SHORT));
		commit("a/1", sent(1, 0, entry(1, 1)));
		pass(SHORT.plusMillis(50));
		assertThat(get(store().find(this.id))).isNull();
		assertThat(claim("t1", "t2", "", "b/1")).isNull();
		fenced(0, store().commit(this.id, "a/1", sent(2, 0, entry(2, 2))));
	}

	@Test
	void keptSessionLives() {
		get(store().open(this.state, "a/1", "t1", SHORT));
		commit("a/1", new Commit(1, 1, 1, 0, List.of(entry(1, 1)), Map.of("k", Bytes.utf8("v")), Set.of(), 0, null));
		get(store().push(this.id, Bytes.utf8("m")));
		get(store().keep(this.id, "a/1", TTL));
		pass(SHORT.plusMillis(50));
		assertThat(get(store().find(this.id))).isEqualTo(this.state);
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(0, List.of(Bytes.utf8("m"))));
		StoredSession stored = stored();
		assertThat(stored.log()).containsExactly(entry(1, 1));
		assertThat(stored.records()).containsOnlyKeys("k");
	}

	@Test
	void claimedSessionLives() {
		get(store().open(this.state, "a/1", "t1", SHORT));
		claimed("t1", "t2", "", "b/1");
		pass(SHORT.plusMillis(50));
		commit("b/1", step(1));
	}

	@Test
	void acknowledgedEntriesAreForgotten() {
		open();
		commit("a/1", sent(1, 0, entry(1, 2), entry(3, 5), entry(6, 6)));
		commit("a/1", new Commit(2, 0, 6, 1, List.of(), Map.of(), Set.of(), 0, null));
		assertThat(stored().log()).containsExactly(entry(1, 2), entry(3, 5), entry(6, 6));
		reopen();
		commit("a/1", sent(1, 0, entry(1, 2), entry(3, 5), entry(6, 6)));
		commit("a/1", new Commit(2, 0, 6, 4, List.of(), Map.of(), Set.of(), 0, null));
		assertThat(stored().log()).as("4 is in the middle of an entry").containsExactly(entry(3, 5), entry(6, 6));
		reopen();
		commit("a/1", sent(1, 0, entry(1, 2), entry(3, 5), entry(6, 6)));
		commit("a/1", new Commit(2, 0, 6, 6, List.of(), Map.of(), Set.of(), 0, null));
		assertThat(stored().log()).isEmpty();
		reopen();
		commit("a/1", sent(1, 2, entry(1, 2), entry(3, 5)));
		commit("a/1", sent(2, 5, entry(6, 6)));
		commit("a/1", sent(3, 6));
		commit("a/1", sent(4, 6, entry(7, 7)));
		assertThat(stored().log()).containsExactly(entry(7, 7));
	}

	private void reopen() {
		get(store().end(this.id));
		open();
	}

	@Test
	void largeNumbersAreExact() {
		open();
		long large = (1L << 53) - 10;
		commit("a/1", sent(1, large - 1, entry(large, large), entry(large + 1, large + 2)));
		assertThat(stored().log()).containsExactly(entry(large, large), entry(large + 1, large + 2));
		reopen();
		commit("a/1", sent(1, large - 1, entry(large, large), entry(large + 1, large + 2)));
		commit("a/1", new Commit(2, 0, large + 2, large, List.of(), Map.of(), Set.of(), 0, null));
		StoredSession stored = stored();
		assertThat(stored.log()).containsExactly(entry(large + 1, large + 2));
		assertThat(stored.acknowledged()).isEqualTo(large);
	}

	@Test
	void recordsAreWrittenAndRemoved() {
		open();
		commit("a/1", records(1, Map.of("a", Bytes.utf8("1"), "b", Bytes.utf8("2")), Set.of()));
		commit("a/1", records(2, Map.of("b", Bytes.utf8("3"), "c", Bytes.utf8("4")), Set.of("a", "none")));
		assertThat(stored().records()).containsOnly(Map.entry("b", Bytes.utf8("3")), Map.entry("c", Bytes.utf8("4")));
		reopen();
		commit("a/1", records(1, Map.of("a", Bytes.utf8("1")), Set.of()));
		commit("a/1", records(2, Map.of("a", Bytes.utf8("2")), Set.of("a")));
		assertThat(stored().records()).as("what is removed and written is there").containsKey("a");
		reopen();
		commit("a/1", records(1, Map.of("a", Bytes.utf8("1")), Set.of()));
		commit("a/1", records(2, Map.of(), Set.of("a")));
		assertThat(stored().records()).isEmpty();
	}

	private static Commit records(long number, Map<String, Bytes> records, Set<String> removed) {
		return new Commit(number, 0, 0, 0, List.of(), records, removed, 0, null);
	}

	@Test
	void resetForgetsTheLogAndNumbersStartAnew() {
		open();
		commit("a/1", sent(1, 0, entry(1, 1), entry(2, 2)));
		commit("a/1", new Commit(2, 0, 1, 0, List.of(entry(1, 1)), Map.of(), Set.of(), 0, "log2"));
		Claim claim = claimed("t1", "t2", "", "b/1");
		assertThat(claim.state().log()).isEqualTo("log2");
		assertThat(claim.stored()).isEqualTo(new StoredSession(2, 0, 1, 0, List.of(entry(1, 1)), Map.of(), 0));
		commit("b/1", new Commit(3, 0, 0, 0, List.of(), Map.of(), Set.of(), 0, "log3"));
		commit("b/1", sent(4, 0, entry(1, 4)));
		StoredSession stored = claimed("t2", "t2", "", "c/1").stored();
		assertThat(stored).isNotNull();
		assertThat(stored.log()).containsExactly(entry(1, 4));
	}

	@Test
	void bytesAreKeptAsTheyAre() {
		open();
		byte[] all = new byte[256 * 256];
		new Random(1).nextBytes(all);
		IntStream.range(0, 256).forEach((i) -> all[i] = (byte) i);
		Bytes bytes = Bytes.of(all, 0, all.length);
		Bytes part = Bytes.of(all, 100, 1000);
		commit("a/1", new Commit(1, 0, 2, 0, List.of(new LogEntry(1, 1, bytes), new LogEntry(2, 2, part)),
				Map.of("k\u0000ä\r\n", part, "all", bytes), Set.of(), 0, null));
		get(store().push(this.id, part));
		get(store().push(this.id, Bytes.EMPTY));
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(0, List.of(part, Bytes.EMPTY)));
		StoredSession stored = stored();
		assertThat(stored.log()).extracting(LogEntry::frames).containsExactly(bytes, part);
		assertThat(stored.records()).containsOnly(Map.entry("k\u0000ä\r\n", part), Map.entry("all", bytes));
	}

	@Test
	void inboxKeepsItsOrderUntilMessagesAreTaken() {
		open();
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(0, List.of()));
		for (int i = 0; i < 5; i++) {
			assertThat(get(store().push(this.id, Bytes.utf8("m" + i)))).isEqualTo("a/1");
		}
		List<Bytes> all = IntStream.range(0, 5).mapToObj((i) -> Bytes.utf8("m" + i)).toList();
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(0, all));
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(0, all));
		Commit taken = new Commit(1, 0, 0, 0, List.of(), Map.of(), Set.of(), 3, null);
		commit("a/1", taken);
		commit("a/1", taken);
		assertThat(get(store().pull(this.id, "a/1", 0))).isEqualTo(new Inbox(3, all.subList(3, 5)));
		StoredSession stored = claimed("t1", "t2", "", "b/1").stored();
		assertThat(stored).isNotNull();
		assertThat(stored.taken()).isEqualTo(3);
		assertThat(get(store().push(this.id, Bytes.utf8("m5")))).isEqualTo("b/1");
		assertThat(get(store().pull(this.id, "b/1", 0)))
			.isEqualTo(new Inbox(3, List.of(Bytes.utf8("m3"), Bytes.utf8("m4"), Bytes.utf8("m5"))));
		commit("b/1", new Commit(2, 0, 0, 0, List.of(), Map.of(), Set.of(), 6, null));
		assertThat(get(store().pull(this.id, "b/1", 0))).isEqualTo(new Inbox(6, List.of()));
		get(store().push(this.id, Bytes.utf8("m6")));
		assertThat(get(store().pull(this.id, "b/1", 0))).isEqualTo(new Inbox(6, List.of(Bytes.utf8("m6"))));
	}

	@Test
	void inboxIsBounded() {
		open();
		Flux.range(0, 1024).concatMap((i) -> store().push(this.id, Bytes.utf8("m" + i))).blockLast(PATIENCE);
		assertThatExceptionOfType(InboxFullException.class)
			.isThrownBy(() -> get(store().push(this.id, Bytes.utf8("m"))));
		commit("a/1", new Commit(1, 0, 0, 0, List.of(), Map.of(), Set.of(), 1, null));
		assertThat(get(store().push(this.id, Bytes.utf8("last")))).isEqualTo("a/1");
		Inbox inbox = get(store().pull(this.id, "a/1", 0));
		assertThat(inbox).isNotNull();
		assertThat(inbox.messages()).hasSize(1024).startsWith(Bytes.utf8("m1")).endsWith(Bytes.utf8("last"));
	}

	@Test
	void ofConcurrentClaimsOneIsTheOwnerInTheEnd() {
		open();
		List<Claim> claims = Flux.range(0, 50)
			.flatMap((i) -> store().claim(this.id, new ClaimRequest("t1", "n" + i, "ann", 0), "", "c/" + i, TTL)
				.map((claim) -> Map.entry(i, claim)), 50)
			.map(Map.Entry::getValue)
			.collectList()
			.block(PATIENCE);
		assertThat(claims).hasSize(50);
		assertThat(claims).extracting((claim) -> claim.state().epoch())
			.containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(2, 51).mapToObj((i) -> (long) i).toList());
		long owners = IntStream.range(0, 50)
			.filter((i) -> Boolean.TRUE.equals(store().commit(this.id, "c/" + i, step(1))
				.thenReturn(true)
				.onErrorReturn(FencedException.class, false)
				.block(PATIENCE)))
			.count();
		assertThat(owners).isEqualTo(1);
	}

	@Test
	void commitsThatOverlapAreAppliedInOrder() {
		open();
		Mono<?>[] commits = IntStream.rangeClosed(1, 1000)
			.mapToObj((i) -> store().commit(this.id, "a/1", sent(i, Math.max(0, i - 100), entry(i, i))))
			.toArray(Mono[]::new);
		Mono.when(Arrays.asList(commits)).block(PATIENCE);
		StoredSession stored = stored();
		assertThat(stored.commit()).isEqualTo(1000);
		assertThat(stored.log()).hasSize(100).startsWith(entry(901, 901)).endsWith(entry(1000, 1000));
	}

	protected static String text(Bytes bytes) {
		return new String(bytes.toArray(), StandardCharsets.ISO_8859_1);
	}

}
