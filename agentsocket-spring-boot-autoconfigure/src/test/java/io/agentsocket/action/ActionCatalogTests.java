package io.agentsocket.action;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class ActionCatalogTests {

	private static final AgentSession ALICE = new StubSession("alice");

	private static final AgentSession BOB = new StubSession("bob");

	private final ActionCatalog catalog = new ActionCatalog();

	private final List<ActionChange> changes = new ArrayList<>();

	static Action action(String name) {
		return Action.named(name).description("Does " + name).handler((exchange) -> Mono.empty());
	}

	private static Action action(String name, Predicate<AgentSession> visibility) {
		return Action.named(name).visibleTo(visibility).handler((exchange) -> Mono.empty());
	}

	private static boolean isAlice(AgentSession session) {
		return session.id().equals("alice");
	}

	@Test
	void findsByExactName() {
		Action action = action("weather.current");
		this.catalog.add(action);
		assertThat(this.catalog.find("weather.current")).isSameAs(action);
		assertThat(this.catalog.find("Weather.current")).isNull();
		assertThat(this.catalog.find("no name at all")).isNull();
	}

	@Test
	void listsInTheOrderOfNames() {
		this.catalog.addAll(List.of(action("b"), action("a.b"), action("a"), action("B")));
		this.catalog.add(action("aa"));
		assertThat(this.catalog.actions()).extracting(Action::name).containsExactly("B", "a", "a.b", "aa", "b");
	}

	@Test
	void refusesTakenNames() {
		this.catalog.add(action("a"));
		assertThatIllegalStateException().isThrownBy(() -> this.catalog.add(action("a"))).withMessageContaining("'a'");
		assertThatIllegalStateException().isThrownBy(() -> this.catalog.addAll(List.of(action("b"), action("b"))));
		assertThat(this.catalog.actions()).hasSize(1);
	}

	@Test
	void addsAllOrNone() {
		this.catalog.onChange(this.changes::add);
		this.catalog.add(action("b"));
		assertThatIllegalStateException().isThrownBy(() -> this.catalog.addAll(List.of(action("a"), action("b"))));
		assertThat(this.catalog.find("a")).isNull();
		assertThat(this.changes).hasSize(1);
	}

	@Test
	void refusesReservedNames() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.catalog.add(action("as.mine")));
		assertThatIllegalArgumentException().isThrownBy(() -> this.catalog.replace(action("as.find")));
		this.catalog.add(action("as"));
		this.catalog.add(action("asset.find"));
	}

	@Test
	void tellsChangesInTheirOrder() {
		Disposable registration = this.catalog.onChange(this.changes::add);
		Action first = action("a");
		Action second = action("a");
		this.catalog.add(first);
		assertThat(this.catalog.replace(second)).isSameAs(first);
		assertThat(this.catalog.remove("a")).isSameAs(second);
		assertThat(this.catalog.remove("a")).isNull();
		assertThat(this.catalog.replace(first)).isNull();
		assertThat(this.changes).containsExactly(new ActionChange("a", null, first),
				new ActionChange("a", first, second), new ActionChange("a", second, null),
				new ActionChange("a", null, first));
		assertThat(this.changes.get(0).isAdded()).isTrue();
		assertThat(this.changes.get(2).isRemoved()).isTrue();
		registration.dispose();
		this.catalog.remove("a");
		assertThat(this.changes).hasSize(4);
	}

	@Test
	void theSameListenerMayBeThereTwice() {
		AtomicInteger calls = new AtomicInteger();
		java.util.function.Consumer<ActionChange> listener = (change) -> calls.incrementAndGet();
		Disposable first = this.catalog.onChange(listener);
		this.catalog.onChange(listener);
		this.catalog.add(action("a"));
		assertThat(calls).hasValue(2);
		first.dispose();
		this.catalog.add(action("b"));
		assertThat(calls).hasValue(3);
	}

	@Test
	void aFailingListenerHarmsNobody() {
		this.catalog.onChange((change) -> {
			throw new IllegalStateException("listener");
		});
		this.catalog.onChange((change) -> {
			throw new NoClassDefFoundError("listener");
		});
		this.catalog.onChange(this.changes::add);
		this.catalog.add(action("a"));
		assertThat(this.changes).hasSize(1);
		// The next change is announced as well.
		this.catalog.add(action("b"));
		assertThat(this.changes).hasSize(2);
	}

	@Test
	void aListenerMayChangeTheCatalog() {
		this.catalog.onChange((change) -> {
			if (change.name().equals("a") && change.isAdded()) {
				this.catalog.add(action("b"));
			}
		});
		this.catalog.onChange(this.changes::add);
		this.catalog.add(action("a"));
		assertThat(this.changes).extracting(ActionChange::name).containsExactly("a", "b");
	}

	@Test
	void sessionsSeeWhatIsVisibleToThem() {
		this.catalog.addAll(List.of(action("all"), action("alice", ActionCatalogTests::isAlice)));
		ActionView alice = this.catalog.viewFor(ALICE);
		ActionView bob = this.catalog.viewFor(BOB);
		assertThat(alice.actions()).extracting(Action::name).containsExactly("alice", "all");
		assertThat(bob.actions()).extracting(Action::name).containsExactly("all");
		assertThat(alice.find("alice")).isNotNull();
		assertThat(bob.find("alice")).isNull();
		this.catalog.remove("all");
		assertThat(bob.actions()).isEmpty();
		assertThat(this.catalog.visibleTo(ALICE)).hasSize(1);
	}

	@Test
	void hashesTellWhatSessionsSee() {
		this.catalog.add(action("all"));
		String before = this.catalog.hash(ALICE);
		assertThat(before).isEqualTo(this.catalog.hash(BOB)).hasSizeLessThanOrEqualTo(32);
		this.catalog.add(action("alice", ActionCatalogTests::isAlice));
		assertThat(this.catalog.hash(BOB)).isEqualTo(before);
		assertThat(this.catalog.hash(ALICE)).isNotEqualTo(before);
		assertThat(this.catalog.viewFor(ALICE).hash()).isEqualTo(this.catalog.hash(ALICE));
		this.catalog.remove("alice");
		assertThat(this.catalog.hash(ALICE)).isEqualTo(before);
		this.catalog.replace(Action.named("all").description("Does more").handler((exchange) -> Mono.empty()));
		assertThat(this.catalog.hash(ALICE)).isNotEqualTo(before);
	}

	@Test
	void hashesDoNotDependOnHowACatalogCameToBe() {
		this.catalog.addAll(List.of(action("a"), action("b")));
		ActionCatalog other = new ActionCatalog();
		other.add(action("b"));
		other.add(action("c"));
		other.add(action("a"));
		other.remove("c");
		assertThat(other.hash(ALICE)).isEqualTo(this.catalog.hash(BOB));
	}

	@Test
	void hashesCoverSchemasButNotTheOrderOfTheirKeys() {
		Map<String, Object> one = new LinkedHashMap<>();
		one.put("type", "object");
		one.put("required", List.of("a", "b"));
		Map<String, Object> two = new LinkedHashMap<>();
		two.put("required", List.of("a", "b"));
		two.put("type", "object");
		assertThat(hash(one)).isEqualTo(hash(two)).isNotEqualTo(hash(Map.of("type", "object")));
		assertThat(hash(Map.of("x", List.of("a", "b")))).isNotEqualTo(hash(Map.of("x", List.of("b", "a"))));
		assertThat(hash(Map.of("x", List.of("a", "b")))).isNotEqualTo(hash(Map.of("x", List.of("as1:b"))));
		assertThat(hash(Map.of("x", "1"))).isNotEqualTo(hash(Map.of("x", 1)));
	}

	private static String hash(Map<String, Object> schema) {
		ActionCatalog catalog = new ActionCatalog();
		catalog.add(Action.named("a").input(schema).handler((exchange) -> Mono.empty()));
		return catalog.hash(ALICE);
	}

	@Test
	void viewsCanBeCombined() {
		Action hidden = action("b");
		this.catalog.addAll(List.of(action("a"), hidden));
		ActionCatalog own = new ActionCatalog();
		Action first = action("b");
		own.add(first);
		own.add(action("c"));
		ActionView view = own.viewFor(ALICE).and(this.catalog.viewFor(ALICE));
		assertThat(view.find("a")).isNotNull();
		assertThat(view.find("b")).isSameAs(first);
		assertThat(view.find("d")).isNull();
		assertThat(view.actions()).extracting(Action::name).containsExactly("a", "b", "c");
		assertThat(view.actions()).doesNotContain(hidden);
		assertThat(view.hash()).hasSizeLessThanOrEqualTo(32).isNotEqualTo(this.catalog.hash(ALICE));
		assertThat(ActionView.NONE.and(view).hash()).isEqualTo(view.hash());
	}

	@Test
	void canBeChangedFromManyThreads() throws Exception {
		int threads = 4;
		int each = 200;
		List<ActionChange> seen = new ArrayList<>();
		// Not synchronized on purpose: listeners are never called by two threads at once.
		this.catalog.onChange(seen::add);
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		CountDownLatch start = new CountDownLatch(1);
		for (int thread = 0; thread < threads; thread++) {
			int number = thread;
			executor.execute(() -> {
				awaitQuietly(start);
				for (int i = 0; i < each; i++) {
					this.catalog.add(action("t" + number + "." + i));
					if (i % 2 == 0) {
						this.catalog.remove("t" + number + "." + i);
					}
				}
			});
		}
		start.countDown();
		executor.shutdown();
		assertThat(executor.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
		assertThat(this.catalog.actions()).hasSize(threads * each / 2);
		assertThat(seen).hasSize(threads * each * 3 / 2);
		Map<String, Boolean> present = new LinkedHashMap<>();
		for (ActionChange change : seen) {
			assertThat(present.getOrDefault(change.name(), false)).isEqualTo(change.isRemoved());
			present.put(change.name(), change.isAdded());
		}
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
