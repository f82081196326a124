package io.agentsocket.connection.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionHints;
import io.agentsocket.connection.stream.OutgoingCall.AfterReset;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Names;
import org.apache.commons.logging.Log;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes invocations again that were open when the session was reset, unless an action
 * could run twice that must not. An invocation is safe that was never sent, that its
 * caller calls idempotent, or whose idempotency key the other side still knows. About all
 * others this class asks the other side for the hints of their actions. An invocation
 * that was sent once, and waits to be made again, is judged anew at each further reset.
 * Runs in the peer's loop. Implements section 11.3 of {@code docs/protocol.md}.
 */
public final class RetryAfterReset {

	private static final Log logger = PrintableLog.of(RetryAfterReset.class);

	/** Names in one question: few, since answers hold schemas. */
	private static final int MAX_NAMES = 10;

	/** How long the question may take, a further loss of the connection included. */
	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final StreamContext context;

	private final StreamTable streams;

	/** The latest question for hints. */
	private Disposable question = Disposables.disposed();

	public RetryAfterReset(StreamContext context, StreamTable streams) {
		this.context = context;
		this.streams = streams;
	}

	/**
	 * The open invocations that do not fail now, in the order in which they were sent.
	 * Calls that wait to be made again, and may not be, fail.
	 */
	public List<OutgoingCall> take(boolean sameSession, ActionException reason) {
		// An answer from before says nothing of the actions that are called from now on.
		this.question.dispose();
		Set<OutgoingCall> waiting = undecidedAmongWaiting(sameSession, reason);
		Set<OutgoingCall> asking = new LinkedHashSet<>(this.context.calls().undecided());
		List<OutgoingCall> taken = new ArrayList<>();
		for (OutgoingCall call : open()) {
			AfterReset fate = call.afterReset(sameSession);
			if (fate != AfterReset.FAILS) {
				taken.add(call);
			}
			if (fate == AfterReset.UNDECIDED) {
				asking.add(call);
			}
		}
		// The end of another call may have cancelled one.
		waiting.removeIf((call) -> !call.isWaiting());
		this.streams.waiting().removeAll(waiting);
		asking.addAll(waiting);
		this.context.calls().setUndecided(asking);
		return taken;
	}

	private List<OutgoingCall> open() {
		return this.streams.open()
			.stream()
			.filter(OutgoingCall.class::isInstance)
			.map(OutgoingCall.class::cast)
			.sorted(Comparator.comparingInt(Stream::id))
			.toList();
	}

	/** Judges the calls that were sent once and wait; fails those that must not run. */
	private Set<OutgoingCall> undecidedAmongWaiting(boolean sameSession, ActionException reason) {
		Set<OutgoingCall> undecided = new LinkedHashSet<>();
		for (OutgoingCall call : waitingAgain()) {
			// The end of another call may have cancelled this one: it fails silently.
			AfterReset fate = call.afterReset(sameSession);
			if (fate == AfterReset.FAILS) {
				call.abandon(reason);
			}
			else if (fate == AfterReset.UNDECIDED) {
				undecided.add(call);
			}
		}
		return undecided;
	}

	/** The calls that were sent before an earlier reset and wait for their turn. */
	private List<OutgoingCall> waitingAgain() {
		return this.streams.hasWaiting() ? this.streams.waiting().stream().filter(OutgoingCall::wasSent).toList()
				: List.of();
	}

	/**
	 * The reset is done: the invocations that were taken wait for their turn, or for an
	 * answer of the other side.
	 */
	public void begin(List<OutgoingCall> taken, ActionException reason) {
		List<OutgoingCall> asking = List.copyOf(this.context.calls().undecided());
		// The end of another call may have cancelled one.
		List<OutgoingCall> sure = taken.stream()
			.filter((call) -> call.isWaiting() && !this.context.calls().undecided().contains(call))
			.toList();
		if (!sure.isEmpty() || !asking.isEmpty()) {
			logger.info("The session was reset: " + sure.size() + " open invocations are made again, " + asking.size()
					+ " more if their actions are idempotent");
		}
		again(sure);
		if (!asking.isEmpty()) {
			// The peer owns the subscription: it ends with the session at the latest.
			this.question = ask(asking.stream().map(OutgoingCall::action).distinct().toList())
				.subscribe((repeatable) -> this.context.loop().execute(() -> decide(asking, repeatable, reason)));
		}
	}

	private void again(List<OutgoingCall> calls) {
		if (logger.isDebugEnabled()) {
			calls.forEach((call) -> logger.debug("An invocation of " + call.action() + " is made again"));
		}
		this.context.calls().openAgain(calls);
	}

	/** Names of the actions that may run twice; never fails. */
	private Mono<Set<String>> ask(List<String> actions) {
		return Flux.fromIterable(actions)
			.buffer(MAX_NAMES)
			.concatMap(this::describe)
			.filter((action) -> isRepeatable(action.hints()))
			.map(ActionDescriptor::name)
			.collect(Collectors.toSet());
	}

	private Flux<ActionDescriptor> describe(List<String> names) {
		return new PeerInvocation(this.context, Names.DESCRIBE, null).internal()
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

	private void decide(List<OutgoingCall> asking, Set<String> repeatable, ActionException reason) {
		List<OutgoingCall> decided = asking.stream().filter(this.context.calls()::decided).toList();
		again(decided.stream().filter((call) -> repeatable.contains(call.action())).toList());
		decided.stream().filter((call) -> !repeatable.contains(call.action())).forEach((call) -> call.abandon(reason));
	}

	/** Fails the calls that were sent and are not made again yet. */
	public void fail(ActionException reason) {
		Set<OutgoingCall> calls = this.context.calls().undecided();
		this.context.calls().setUndecided(Set.of());
		calls.forEach((call) -> call.abandon(reason));
		waitingAgain().forEach((call) -> call.abandon(reason));
	}

}
