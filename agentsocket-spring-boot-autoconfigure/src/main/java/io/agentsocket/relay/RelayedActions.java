package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRestorer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.push.Announcements;
import io.agentsocket.session.SessionGoneException;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/**
 * The actions of one function, as the pod offers them. Thread-safe.
 */
final class RelayedActions implements Announcements {

	private static final Log logger = PrintableLog.of(RelayedActions.class);

	/** Actions that the function may announce in one session. */
	private static final int MAX_ANNOUNCED = 256;

	/**
	 * Bytes of their descriptors in this pod, as for those that the function describes.
	 */
	private static final int MAX_BYTES = 1024 * 1024;

	/**
	 * Repetitions of a change of the store, over about a minute: pods die when stores do.
	 */
	private static final int RETRIES = 15;

	private static final Duration FIRST_WAIT = Duration.ofMillis(200);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

	private final FunctionRelay relay;

	private final ActionCatalog catalog;

	private final Sinks.Empty<Void> closed = Sinks.empty();

	/**
	 * Create actions.
	 * @param catalog the actions that the pod offers to all sessions
	 */
	RelayedActions(FunctionRelay relay, ActionCatalog catalog) {
		this.relay = relay;
		this.catalog = catalog;
	}

	/** The action of the pod that stands for one of the function. */
	Action action(RelayedAction action) {
		return action.descriptor().toAction(new RelayHandler(this.relay, action, this));
	}

	/**
	 * Offers an action that the function has announced in a session through another pod,
	 * which is gone. Whether the function has withdrawn it meanwhile is known later.
	 */
	void restore(ActionRestorer.Offer offer) {
		Map<String, Object> descriptor = new LinkedHashMap<>(offer.descriptor().toMap());
		descriptor.putAll(offer.recipe());
		Action action = action(Described.action(descriptor, this.relay.settings()));
		offer.offer().accept(action);
		Mono.defer(() -> this.relay.announced().inherit(offer.session(), action.name(), function(), offer.pod()))
			.retryWhen(Retry.backoff(RETRIES, FIRST_WAIT)
				.maxBackoff(LONGEST_WAIT)
				.scheduler(this.relay.timer())
				.filter((error) -> !(error instanceof SessionGoneException))
				.onRetryExhaustedThrow((retry, last) -> last.failure()))
			.takeUntilOther(this.closed.asMono())
			// Nothing is left to tell of a session that is gone.
			.onErrorComplete(SessionGoneException.class)
			.subscribe((inherited) -> {
				if (!inherited) {
					offer.withdraw().accept(action);
				}
			}, (error) -> logger.warn("The pod that offers action " + action.name() + " is not stored: " + error));
	}

	/** The relay closes: stores are not told anything any more. */
	void close() {
		this.closed.tryEmitEmpty();
	}

	/** Whether an action is one of this function. */
	boolean isOwn(Action action) {
		return action.handler() instanceof RelayHandler handler && handler.relay() == this.relay;
	}

	/** The function as an operator sees it. */
	FunctionReport report() {
		FunctionCounts counts = this.relay.counts();
		List<String> names = this.catalog.actions().stream().filter(this::isOwn).map(Action::name).sorted().toList();
		return new FunctionReport(function(), withoutSecrets(this.relay.settings().url()), names, counts.open(),
				this.relay.slots().waiting(), counts.answered(), counts.failed(), counts.refusals(),
				this.relay.guard().state(), counts.last());
	}

	/** A path, a query, and the part before the host may be a key. */
	private static String withoutSecrets(URI url) {
		boolean bare = url.getRawQuery() == null && Set.of("", "/").contains(String.valueOf(url.getRawPath()));
		return url.getScheme() + "://" + url.getHost() + ((url.getPort() >= 0) ? ":" + url.getPort() : "")
				+ (bare ? "" : "/***");
	}

	@Override
	public Mono<Void> check(Target session, List<Map<String, Object>> descriptors) {
		return descriptors.isEmpty() ? Mono.empty() : Mono.defer(() -> {
			Map<String, Integer> announced = new HashMap<>();
			descriptors.forEach((descriptor) -> {
				RelayedAction action = Described.action(descriptor, this.relay.settings());
				announced.put(action.descriptor().name(), new RelayHandler(this.relay, action, this).size());
			});
			return this.relay.announced()
				.all(session.session())
				.doOnNext((holders) -> check(session.catalog(), announced, holders))
				.then();
		});
	}

	private void check(ActionCatalog session, Map<String, Integer> announced,
			Map<String, AnnouncedNames.Holder> holders) {
		Set<String> all = new HashSet<>();
		holders.forEach((name, holder) -> {
			if (holder.function().equals(function())) {
				all.add(name);
			}
		});
		for (String name : announced.keySet()) {
			AnnouncedNames.Holder holder = holders.get(name);
			boolean elsewhere = holder != null && all.contains(name) && !this.relay.announced().isHere(holder);
			Action known = session.find(name);
			Action shared = this.catalog.find(name);
			if (known != null && !isOwn(known) && !elsewhere || shared != null && !isOwn(shared)) {
				throw taken(name);
			}
		}
		all.addAll(announced.keySet());
		if (all.size() > MAX_ANNOUNCED) {
			throw FunctionFailure
				.malformed("The function announces more than " + MAX_ANNOUNCED + " actions in one session");
		}
		// A pod that inherits actions may have more: they may stay as they are.
		long after = bytes(session, announced);
		if (after > MAX_BYTES && after > bytes(session, Map.of())) {
			throw FunctionFailure
				.malformed("The actions that the function announces in one session exceed " + MAX_BYTES + " bytes");
		}
	}

	/** Bytes of the actions of the session, once some are announced. */
	private long bytes(ActionCatalog session, Map<String, Integer> announced) {
		long bytes = 0;
		for (int size : announced.values()) {
			bytes += size;
		}
		for (Action known : session.actions()) {
			if (known.handler() instanceof RelayHandler handler && isOwn(known)
					&& !announced.containsKey(known.name())) {
				bytes += handler.size();
			}
		}
		return bytes;
	}

	private String function() {
		return this.relay.settings().name();
	}

	private static FunctionFailure taken(String name) {
		return FunctionFailure.malformed("The action " + name + " belongs to somebody else");
	}

	@Override
	public Mono<Void> announce(Target session, Map<String, Object> descriptor) {
		return check(session, List.of(descriptor)).then(Mono.defer(() -> {
			RelayedAction action = Described.action(descriptor, this.relay.settings());
			AnnouncedNames names = this.relay.announced();
			return names.take(session.session(), action.descriptor().name(), function()).flatMap((holder) -> {
				if (!holder.function().equals(function())) {
					return Mono.error(taken(action.descriptor().name()));
				}
				return names.isHere(holder) ? Mono.fromRunnable(() -> session.catalog().replace(action(action)))
						: names.tell(holder, session.session(), "define", descriptor);
			});
		}));
	}

	@Override
	public Mono<Void> withdraw(Target session, String name) {
		return Mono.defer(() -> this.relay.announced().all(session.session()))
			.flatMap((holders) -> Mono.justOrEmpty(holders.get(name)))
			.flatMap((holder) -> withdraw(session, name, holder));
	}

	private Mono<Void> withdraw(Target session, String name, AnnouncedNames.Holder holder) {
		AnnouncedNames names = this.relay.announced();
		if (!holder.function().equals(function())) {
			return Mono.empty();
		}
		if (names.isHere(holder)) {
			Action known = session.catalog().find(name);
			if (known != null && isOwn(known)) {
				session.catalog().remove(name);
			}
		}
		else if (names.isAlive(holder)) {
			return names.tell(holder, session.session(), "withdraw", name);
		}
		return names.release(session.session(), name, holder).flatMap((heir) -> withdraw(session, name, heir));
	}

}
