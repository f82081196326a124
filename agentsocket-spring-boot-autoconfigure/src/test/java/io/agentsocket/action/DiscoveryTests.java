package io.agentsocket.action;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

class DiscoveryTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final AgentSession ALICE = new StubSession("alice");

	private static final AgentSession BOB = new StubSession("bob");

	private final JacksonCodec codec = JacksonCodec.cbor();

	private final ActionCatalog catalog = new ActionCatalog();

	private ActionRanking ranking = ActionRanking.standard();

	@BeforeEach
	void actions() {
		this.catalog.addAll(List.of(action("weather.current", "Weather", "Temperature of a city", "weather"),
				action("weather.history", "Past weather", "Temperatures of the past", "weather", "history"),
				action("city.population", null, "How many people live there", "city"),
				action("mail.send", "Send mail", "Sends a mail, whatever the weather"),
				Action.named("secret.weather")
					.visibleTo((session) -> session.id().equals("alice"))
					.handler((exchange) -> Mono.empty())));
	}

	private static Action action(String name, @Nullable String title, String description, String... tags) {
		return Action.named(name).title(title).description(description).tags(tags).handler((exchange) -> Mono.empty());
	}

	private Mono<Map<String, Object>> invoke(String name, AgentSession session, Bytes arguments) {
		Action action = Discovery.actions(this.catalog::viewFor, this.ranking)
			.stream()
			.filter((candidate) -> candidate.name().equals(name))
			.findFirst()
			.orElseThrow();
		AgentExchange exchange = Mockito.mock(AgentExchange.class);
		given(exchange.session()).willReturn(session);
		given(exchange.codec()).willReturn(this.codec);
		given(exchange.arguments()).willReturn(arguments);
		return Mono.from(action.handler().handle(exchange))
			.map((result) -> this.codec.decodeMap(this.codec.encode(result)));
	}

	private Map<String, Object> call(String name, AgentSession session, Map<String, ?> arguments) {
		List<Map<String, Object>> results = new ArrayList<>();
		StepVerifier.create(Await.ended(invoke(name, session, this.codec.encodeMap(arguments))))
			.consumeNextWith(results::add)
			.expectComplete()
			.verify(TIMEOUT);
		return results.get(0);
	}

	private ActionPage find(AgentSession session, ActionQuery query) {
		return ActionPage.from(call(Names.FIND, session, query.toMap()));
	}

	private List<String> names(ActionPage page) {
		return page.actions().stream().map(ActionDescriptor::name).toList();
	}

	private void refuses(String name, Bytes arguments, Violation... violations) {
		StepVerifier.create(Await.ended(invoke(name, BOB, arguments))).expectErrorSatisfies((ex) -> {
			assertThat(ex).isInstanceOf(ActionException.class);
			ActionException refusal = (ActionException) ex;
			assertThat(refusal.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
			assertThat(refusal.violations()).extracting(Violation::pointer, Violation::rule)
				.containsExactly(Arrays.stream(violations)
					.map((violation) -> org.assertj.core.groups.Tuple.tuple(violation.pointer(), violation.rule()))
					.toArray(org.assertj.core.groups.Tuple[]::new));
		}).verify(TIMEOUT);
	}

	private void refuses(String name, Map<String, ?> arguments, String pointer, String rule) {
		refuses(name, this.codec.encodeMap(arguments), new Violation(pointer, rule, ""));
	}

	@Test
	void wordIsFoundInTheMiddleOfATag() {
		this.catalog.add(action("a.b", null, "c", "outgoing-post"));
		assertThat(names(find(BOB, new ActionQuery("POST", List.of(), 10, null)))).containsExactly("a.b");
		// A tag that is asked for is the whole one.
		assertThat(names(find(BOB, new ActionQuery("", List.of("post"), 10, null)))).isEmpty();
	}

	/** As some languages write all their numbers. */
	@Test
	void limitIsAnIntegerAlsoWithAFractionOfZero() {
		assertThat(names(ActionPage.from(call(Names.FIND, BOB, Map.of("limit", 2.0))))).hasSize(2);
	}

	@Test
	void withoutWordsAllActionsAreListedByName() {
		ActionPage page = find(BOB, ActionQuery.of(""));
		assertThat(names(page)).containsExactly("city.population", "mail.send", "weather.current", "weather.history");
		assertThat(page.total()).isEqualTo(4);
		assertThat(page.next()).isNull();
		StepVerifier.create(Await.ended(invoke(Names.FIND, BOB, Bytes.EMPTY)))
			.assertNext((result) -> assertThat(result).containsEntry("total", 4))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void ranksAsDocumented() {
		// weather.current: 4 + 3 + 2; weather.history: the same; mail.send: 1.
		assertThat(names(find(BOB, ActionQuery.of(" WEATHER ")))).containsExactly("weather.current", "weather.history",
				"mail.send");
		// weather.current: 9 + description 1; city.population: 4 + 2.
		assertThat(names(find(BOB, ActionQuery.of("weather city")))).containsExactly("weather.current",
				"weather.history", "city.population", "mail.send");
		assertThat(names(find(BOB, ActionQuery.of("weather.history")))).containsExactly("weather.history");
		ActionRanking standard = ActionRanking.standard();
		Action action = action("weather", "Weather", "weather", "weather");
		assertThat(standard.score(action, "weather", List.of("weather"))).isEqualTo(8 + 4 + 3 + 2 + 1);
		assertThat(standard.score(action, "weather weather", List.of("weather", "weather"))).isEqualTo(20);
		assertThat(standard.score(action, "x", List.of("x"))).isZero();
	}

	@Test
	void findsOnlyWhatTheSessionSees() {
		assertThat(names(find(ALICE, ActionQuery.of("secret")))).containsExactly("secret.weather");
		assertThat(find(BOB, ActionQuery.of("secret")).total()).isZero();
	}

	@Test
	void allTagsMustMatch() {
		ActionQuery query = new ActionQuery("", List.of("weather", "history"), 20, null);
		assertThat(names(find(BOB, query))).containsExactly("weather.history");
		assertThat(names(find(BOB, new ActionQuery("temperature", List.of("Weather"), 20, null)))).isEmpty();
	}

	@Test
	void pagesCoverAllMatchesOnce() {
		for (int i = 0; i < 250; i++) {
			this.catalog.add(action("bulk.n" + i, null, (i % 3 == 0) ? "special" : "plain"));
		}
		Set<String> seen = new HashSet<>();
		ActionQuery query = new ActionQuery("bulk special", List.of(), 40, null);
		ActionPage page = find(BOB, query);
		int pages = 1;
		while (true) {
			assertThat(page.total()).isEqualTo(250);
			page.actions().forEach((action) -> assertThat(seen.add(action.name())).isTrue());
			if (page.next() == null) {
				break;
			}
			page = find(BOB, query.after(page.next()));
			pages++;
		}
		assertThat(seen).hasSize(250);
		assertThat(pages).isEqualTo(7);
	}

	@Test
	void pagesNeitherRepeatNorSkipWhenTheCatalogChanges() {
		ActionQuery query = new ActionQuery("", List.of(), 2, null);
		ActionPage first = find(BOB, query);
		assertThat(names(first)).containsExactly("city.population", "mail.send");
		this.catalog.remove("mail.send");
		this.catalog.add(action("a.first", null, ""));
		assertThat(first.next()).isNotNull();
		assertThat(names(find(BOB, query.after(first.next())))).containsExactly("weather.current", "weather.history");
	}

	@Test
	void cursorsBelongToTheirQuery() {
		String next = find(BOB, new ActionQuery("", List.of(), 2, null)).next();
		assertThat(next).isNotNull();
		refuses(Names.FIND, Map.of("query", "weather", "cursor", next), "/cursor", "cursor");
		refuses(Names.FIND, Map.of("tags", List.of("weather"), "cursor", next), "/cursor", "cursor");
		for (String bad : List.of("", "?", "AAAA", "A".repeat(100), next.substring(1))) {
			refuses(Names.FIND, Map.of("cursor", bad), "/cursor", "cursor");
		}
	}

	@Test
	void refusesArgumentsOfFindThatDoNotFit() {
		refuses(Names.FIND, Map.of("limit", 0), "/limit", "minimum");
		refuses(Names.FIND, Map.of("limit", 101), "/limit", "maximum");
		refuses(Names.FIND, Map.of("limit", "20"), "/limit", "type");
		refuses(Names.FIND, Map.of("limit", 1.5), "/limit", "type");
		refuses(Names.FIND, Map.of("limit", 101.0), "/limit", "maximum");
		refuses(Names.FIND, Map.of("limit", 5_000_000_000L), "/limit", "maximum");
		refuses(Names.FIND, Map.of("query", 1), "/query", "type");
		refuses(Names.FIND, Map.of("query", "x".repeat(1025)), "/query", "maxLength");
		refuses(Names.FIND, Map.of("tags", "weather"), "/tags", "type");
		refuses(Names.FIND, Map.of("tags", List.of("a", 1)), "/tags/1", "type");
		refuses(Names.FIND, Map.of("tags", Collections.nCopies(33, "a")), "/tags", "maxItems");
		refuses(Names.FIND, Map.of("cursor", List.of()), "/cursor", "type");
		refuses(Names.FIND, this.codec.encode(List.of()), new Violation("", "type", ""));
		refuses(Names.FIND, Bytes.of(new byte[] { (byte) 0xA1 }), new Violation("", "type", ""));
	}

	@Test
	void boundsOfFindAreThoseOfCodePointsAndTagsAreComparedExactly() {
		String wide = "\uD83D\uDE00".repeat(1024);
		assertThat(ActionPage.from(call(Names.FIND, BOB, Map.of("query", wide))).actions()).isEmpty();
		refuses(Names.FIND, Map.of("query", wide + "x"), "/query", "maxLength");
		refuses(Names.FIND, Map.of("cursor", "x".repeat(513)), "/cursor", "maxLength");
		assertThat(names(ActionPage.from(call(Names.FIND, BOB, Map.of("tags", List.of("WEATHER")))))).isEmpty();
	}

	@Test
	void acceptsIntegersOfAnyWidth() {
		byte[] arguments = HexFormat.of().parseHex("a1656c696d69741b0000000000000002");
		StepVerifier.create(Await.ended(invoke(Names.FIND, BOB, Bytes.of(arguments))))
			.assertNext((result) -> assertThat(ActionPage.from(result).actions()).hasSize(2))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void tellsAllThatIsWrongAtOnce() {
		Map<String, Object> arguments = new LinkedHashMap<>();
		arguments.put("query", 1);
		arguments.put("limit", -1);
		refuses(Names.FIND, this.codec.encodeMap(arguments), new Violation("/query", "type", ""),
				new Violation("/limit", "minimum", ""));
	}

	@Test
	void describesByName() {
		Map<String, Object> result = call(Names.DESCRIBE, BOB,
				Map.of("names", List.of("mail.send", "nothing", "weather.current", "secret.weather", "not a name")));
		assertThat(result.get("unknown")).isEqualTo(List.of("nothing", "secret.weather", "not a name"));
		assertThat((List<?>) result.get("actions")).extracting((map) -> ActionDescriptor.from((Map<?, ?>) map))
			.containsExactly(ActionDescriptor.of(this.catalog.find("mail.send")),
					ActionDescriptor.of(this.catalog.find("weather.current")));
	}

	@Test
	void refusesArgumentsOfDescribeThatDoNotFit() {
		refuses(Names.DESCRIBE, Map.of(), "/names", "required");
		refuses(Names.DESCRIBE, Bytes.EMPTY, new Violation("/names", "required", ""));
		refuses(Names.DESCRIBE, Map.of("names", List.of()), "/names", "minItems");
		refuses(Names.DESCRIBE, Map.of("names", Collections.nCopies(51, "a")), "/names", "maxItems");
		refuses(Names.DESCRIBE, Map.of("names", "a"), "/names", "type");
		refuses(Names.DESCRIBE, Map.of("names", List.of(1)), "/names/0", "type");
	}

	@Test
	void anotherRankingCanBeUsed() {
		this.ranking = (action, query, words) -> {
			assertThat(query).isEqualTo("any words");
			assertThat(words).containsExactly("any", "words");
			return action.name().startsWith("weather") ? action.name().length() : Double.NaN;
		};
		this.catalog.add(action("weather.a", null, ""));
		ActionPage page = find(BOB, new ActionQuery(" Any Words ", List.of(), 1, null));
		assertThat(page.total()).isEqualTo(3);
		assertThat(names(page)).hasSize(1).doesNotContain("weather.a");
	}

	@Test
	void ranksEachActionOnceAndDescribesOnlyThePage() {
		AtomicInteger ranked = new AtomicInteger();
		this.ranking = (action, query, words) -> {
			ranked.incrementAndGet();
			return 1;
		};
		List<Action> many = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			many.add(action("bulk.n" + i, null, "x"));
		}
		this.catalog.addAll(many);
		Map<String, Object> result = call(Names.FIND, BOB, Map.of("query", "x", "limit", 5));
		assertThat(ranked).hasValue(1004);
		assertThat(result.get("total")).isEqualTo(1004);
		assertThat((List<?>) result.get("actions")).hasSize(5)
			.allSatisfy((summary) -> assertThat(((Map<?, ?>) summary).containsKey("input")).isFalse());
	}

}
