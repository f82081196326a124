package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionHints;
import io.agentsocket.connection.CallerStream.AfterReset;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Names;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes invocations again that were open when the session was reset, if that cannot run
 * twice what must not: those that were not sent, that are said to be idempotent, or whose
 * idempotency key the other side still knows. About the others it asks the other side
 * what it declares of the action. Runs in the peer's loop. Implements section 11.3 of
 * {@code docs/protocol.md}.
 */
final class Repetitions {

	private static final Log logger = LogFactory.getLog(Repetitions.class);

	/** Names in one question: answers hold schemas. */
	private static final int MAX_NAMES = 10;

	/** How long the question may take, a further loss of the connection included. */
	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final Peer peer;

	private final StreamTable streams;

	/** Invocations whose fate the other side decides. */
	private Set<CallerStream<?>> undecided = Set.of();

	Repetitions(Peer peer, StreamTable streams) {
		this.peer = peer;
		this.streams = streams;
	}

	/**
	 * The open invocations that do not fail now, in the order in which they were sent.
	 */
	List<CallerStream<?>> take(boolean sameSession) {
		List<CallerStream<?>> taken = new ArrayList<>();
		Set<CallerStream<?>> asking = new HashSet<>(this.undecided);
		for (Stream stream : this.streams.open()) {
			if (stream instanceof CallerStream<?> call) {
				AfterReset fate = call.afterReset(sameSession);
				if (fate != AfterReset.FAILS) {
					taken.add(call);
				}
				if (fate == AfterReset.UNDECIDED) {
					asking.add(call);
				}
			}
		}
		taken.sort(Comparator.comparingInt(Stream::id));
		this.undecided = asking;
		return taken;
	}

	/** The reset is done: what was taken waits for its turn, or for the other side. */
	void begin(List<CallerStream<?>> taken, ActionException reason) {
		List<CallerStream<?>> asking = new ArrayList<>();
		List<CallerStream<?>> sure = new ArrayList<>();
		for (CallerStream<?> call : taken) {
			if (this.undecided.contains(call)) {
				asking.add(call);
			}
			else if (call.isWaiting()) {
				// And was not cancelled by what the end of another one has led to.
				sure.add(call);
			}
		}
		if (!sure.isEmpty() || !asking.isEmpty()) {
			logger.info("The session was reset: " + sure.size() + " open invocations are made again, " + asking.size()
					+ " more if their actions are idempotent");
		}
		again(sure);
		if (!asking.isEmpty()) {
			// Owned by the peer: ends with the session at the latest.
			ask(asking.stream().map(CallerStream::action).distinct().toList())
				.subscribe((repeatable) -> this.peer.execute(() -> decide(asking, repeatable, reason)));
		}
	}

	private void again(List<CallerStream<?>> calls) {
		if (logger.isDebugEnabled()) {
			calls.forEach((call) -> logger.debug("An invocation of " + call.action() + " is made again"));
		}
		this.peer.openAgain(calls);
	}

	/** Those of some actions that may run twice; never fails. */
	private Mono<Set<String>> ask(List<String> actions) {
		return Flux.fromIterable(actions)
			.buffer(MAX_NAMES)
			.concatMap(this::describe)
			.filter((action) -> isRepeatable(action.hints()))
			.map(ActionDescriptor::name)
			.collect(Collectors.toSet());
	}

	private Flux<ActionDescriptor> describe(List<String> names) {
		return this.peer.invoke(Names.DESCRIBE)
			.arguments(Map.of("names", names))
			.timeout(TIMEOUT)
			.idempotent(true)
			.toMono(Map.class)
			.flatMapIterable((answer) -> (answer.get("actions") instanceof List<?> list) ? list : List.of())
			.ofType(Map.class)
			.map((map) -> ActionDescriptor.from(map))
			.onErrorResume((error) -> {
				logger.debug("The other side does not tell what may run twice", error);
				return Flux.empty();
			});
	}

	private static boolean isRepeatable(ActionHints hints) {
		return (hints.idempotent() || hints.readOnly()) && !hints.approval();
	}

	private void decide(List<CallerStream<?>> asking, Set<String> repeatable, ActionException reason) {
		List<CallerStream<?>> decided = asking.stream().filter(this::remove).toList();
		again(decided.stream().filter((call) -> repeatable.contains(call.action())).toList());
		decided.stream().filter((call) -> !repeatable.contains(call.action())).forEach((call) -> call.abandon(reason));
	}

	/** An invocation is over, or decided; false when it was not undecided. */
	boolean remove(CallerStream<?> call) {
		return !this.undecided.isEmpty() && this.undecided.remove(call);
	}

	/** Nothing is made again any more. */
	void fail(ActionException reason) {
		Set<CallerStream<?>> calls = this.undecided;
		this.undecided = Set.of();
		calls.forEach((call) -> call.abandon(reason));
	}

}
