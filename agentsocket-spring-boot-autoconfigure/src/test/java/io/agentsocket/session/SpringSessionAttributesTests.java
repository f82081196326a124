package io.agentsocket.session;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.scheduler.VirtualTimeScheduler;

import org.springframework.session.MapSession;
import org.springframework.session.ReactiveMapSessionRepository;
import org.springframework.session.ReactiveSessionRepository;
import org.springframework.session.SessionIdGenerator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Attributes over a repository whose reads lose their signals.
 */
class SpringSessionAttributesTests {

	private static final Duration ATTEMPT = Duration.ofSeconds(5);

	private static final String ID = "s";

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	private final Repository repository = new Repository();

	private final SpringSessionAttributes<?> attributes = SpringSessionAttributes.over((ids) -> {
		this.repository.ids = ids;
		return this.repository;
	}, null, new Answers(ATTEMPT, this.timer));

	private final List<Object> heard = new ArrayList<>();

	@BeforeEach
	void create() {
		this.attributes
			.create(new SessionState(ID, "l", 1, "ann", new AgentInfo("agent", "1"), "cbor", Instant.now()),
					Duration.ofMinutes(1))
			.block();
		this.attributes.write(ID, "n", 1).block();
	}

	@AfterEach
	void stop() {
		this.timer.dispose();
	}

	private void hear(Mono<?> answer) {
		answer.subscribe(this.heard::add, this.heard::add);
	}

	private void write(int value) {
		hear(this.attributes.write(ID, "n", value).thenReturn("wrote " + value));
	}

	@Test
	void readWhoseSignalIsLostIsMadeAgainAndAllBehindItGoesOnInOrder() {
		this.repository.lost = 1;
		hear(this.attributes.load(ID));
		write(2);
		hear(this.attributes.load(ID));
		write(3);
		assertThat(this.heard).isEmpty();
		this.timer.advanceTimeBy(ATTEMPT);
		assertThat(this.heard).containsExactly(Map.of("n", 1), "wrote 2", Map.of("n", 2), "wrote 3");
		assertThat(this.repository.reads).isEqualTo(3);
	}

	@Test
	void readBeforeAChangeIsMadeAgain() {
		this.attributes.release(ID);
		this.repository.lost = 2;
		write(2);
		hear(this.attributes.update(ID, "n", (before) -> (Integer) before + 1));
		this.timer.advanceTimeBy(ATTEMPT.multipliedBy(2));
		assertThat(this.heard).containsExactly("wrote 2", 3);
	}

	@Test
	void readThatLosesAllSignalsFailsAndTheNextBegins() {
		this.repository.lost = 3;
		hear(this.attributes.load(ID));
		write(2);
		this.timer.advanceTimeBy(ATTEMPT.multipliedBy(3));
		assertThat(this.heard).hasSize(2).last().isEqualTo("wrote 2");
		assertThat(this.heard).first()
			.isInstanceOfSatisfying(TimeoutException.class,
					(error) -> assertThat(error).hasMessageContaining("No answer of the session store for 5000 ms"));
	}

	@Test
	void lateSignalOfTheFirstReadChangesNothing() {
		this.repository.lost = 1;
		hear(this.attributes.load(ID));
		this.timer.advanceTimeBy(ATTEMPT);
		write(2);
		MapSession old = new MapSession(ID);
		old.setAttribute("n", 0);
		old.setAttribute("other", "x");
		this.repository.late.get(0).success(old);
		hear(this.attributes.update(ID, "n", (before) -> (Integer) before + 1));
		hear(this.attributes.load(ID));
		assertThat(this.heard).containsExactly(Map.of("n", 1), "wrote 2", 3, Map.of("n", 3));
	}

	/** Loses the signals of as many reads as it is told to. */
	private static final class Repository implements ReactiveSessionRepository<MapSession> {

		private final ReactiveMapSessionRepository sessions = new ReactiveMapSessionRepository(
				new ConcurrentHashMap<>());

		private final List<MonoSink<MapSession>> late = new ArrayList<>();

		private SessionIdGenerator ids;

		private int lost;

		private int reads;

		/** On the thread that asks; that of Spring answers on another one. */
		@Override
		public Mono<MapSession> createSession() {
			return Mono.fromSupplier(() -> new MapSession(this.ids));
		}

		@Override
		public Mono<Void> save(MapSession session) {
			return this.sessions.save(session);
		}

		@Override
		public Mono<MapSession> findById(String id) {
			return Mono.defer(() -> {
				this.reads++;
				if (this.lost > 0) {
					this.lost--;
					return Mono.create(this.late::add);
				}
				return this.sessions.findById(id);
			});
		}

		@Override
		public Mono<Void> deleteById(String id) {
			return this.sessions.deleteById(id);
		}

	}

}
