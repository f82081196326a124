package io.agentsocket.relay;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionRestorer;
import io.agentsocket.action.ResultShape;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.SessionGoneException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Actions that functions have announced through a pod that is gone.
 */
class RestoredActionsTests {

	/** The attribute with the pods of the actions. */
	private static final String NAMES = "agentsocket.functions.actions";

	private final Queue<Action> offered = new ConcurrentLinkedQueue<>();

	private final AtomicInteger failures = new AtomicInteger();

	private volatile @Nullable String names = "{\"report.next\":[\"shop\",\"dead\"]}";

	private RelayFixture pod;

	@BeforeEach
	void start() throws IOException {
		this.pod = new RelayFixture((call) -> call.json("1"));
		this.pod.add(this.pod.action("items", ResultShape.ITEMS));
	}

	@AfterEach
	void stop() throws IOException {
		this.pod.close();
	}

	/** A session whose store fails at first. */
	private AgentSession session() {
		AgentSession session = mock();
		given(session.updateAttribute(eq(NAMES), eq(String.class), any())).willAnswer((call) -> Mono.defer(() -> {
			if (this.failures.getAndDecrement() > 0) {
				return Mono.error(new IllegalStateException("The store is away"));
			}
			UnaryOperator<@Nullable String> change = call.getArgument(2);
			this.names = change.apply(this.names);
			return Mono.justOrEmpty(this.names);
		}));
		return session;
	}

	private boolean restore(Map<String, Object> recipe) {
		return restore(session(), recipe);
	}

	private static AgentSession session(Mono<String> update) {
		AgentSession session = mock();
		given(session.updateAttribute(eq(NAMES), eq(String.class), any())).willReturn(update);
		return session;
	}

	private boolean restore(AgentSession session, Map<String, Object> recipe) {
		Map<String, Object> all = new LinkedHashMap<>(recipe);
		all.putIfAbsent("function", "shop");
		ActionDescriptor descriptor = ActionDescriptor.from(Map.of("name", "report.next", "result", "value"));
		return this.pod.server.catalog()
			.restore(new ActionRestorer.Offer(session, this.offered::add, this.offered::remove, "dead", descriptor,
					all));
	}

	@Test
	void anActionIsOfferedAndBelongsToThisPod() {
		assertThat(restore(Map.of())).isTrue();
		assertThat(this.offered).extracting(Action::name).containsExactly("report.next");
		assertThat(this.names).isEqualTo("{\"report.next\":[\"shop\",\"\"]}");
	}

	@Test
	void anActionThatWasWithdrawnMeanwhileIsWithdrawnAgain() {
		this.names = null;
		assertThat(restore(Map.of())).isTrue();
		assertThat(this.offered).isEmpty();
	}

	@Test
	void theStoreIsToldLaterWhenItIsAway() {
		this.failures.set(2);
		assertThat(restore(Map.of())).isTrue();
		Await.until(() -> "{\"report.next\":[\"shop\",\"\"]}".equals(this.names));
		assertThat(this.offered).hasSize(1);
	}

	@Test
	void theStoreIsNotAskedAgainForASessionThatIsGone() {
		AtomicInteger asked = new AtomicInteger();
		Mono<String> gone = Mono.error(() -> {
			asked.incrementAndGet();
			return new SessionGoneException("s1");
		});
		assertThat(restore(session(gone), Map.of())).isTrue();
		// Three waits of a session that is there are longer than one.
		this.failures.set(3);
		assertThat(restore(Map.of())).isTrue();
		Await.until(() -> "{\"report.next\":[\"shop\",\"\"]}".equals(this.names));
		assertThat(asked).hasValue(1);
	}

	@Test
	void theStoreIsToldNothingAnyMoreWhenThePodCloses() {
		AtomicInteger cancelled = new AtomicInteger();
		assertThat(restore(session(Mono.<String>never().doOnCancel(cancelled::incrementAndGet)), Map.of())).isTrue();
		assertThat(cancelled).hasValue(0);
		this.pod.relays.close();
		assertThat(cancelled).hasValue(1);
	}

	/** The settings of this pod may be others than those of the pod that is gone. */
	@Test
	void anActionThatCannotBeOfferedHereFailsNothing() {
		List<Map<String, Object>> recipes = List.of(Map.of("function", "other"),
				Map.of("url", "http://169.254.169.254/"), Map.of("url", 5), Map.of("state", "all"),
				Map.of("keys", List.of("a b")), Map.of("name", "as.ask"));
		for (Map<String, Object> recipe : recipes) {
			assertThat(restore(recipe)).as(recipe.toString()).isFalse();
		}
		assertThat(this.offered).isEmpty();
	}

}
