package io.agentsocket.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The names of events that a session has subscribed to, and the action by which it does.
 * Implements section 19 of {@code docs/protocol.md}.
 */
final class Subscriptions {

	/** Names that a session is subscribed to, and those in a list of a call. */
	static final int MAX = 256;

	/** A name that is subscribed to: a text and its place in a set. */
	private static final int NAME = 256;

	private volatile Set<String> names = Collections.emptySet();

	private volatile @Nullable Listener listener;

	/** Told of each change. */
	interface Listener {

		void changed(List<String> added, List<String> removed);

	}

	void onChange(Listener told) {
		this.listener = told;
	}

	/** All names. */
	Set<String> names() {
		return this.names;
	}

	/** Take over the subscriptions of the session in another pod. */
	synchronized void restore(Collection<String> subscribed) {
		Set<String> all = new TreeSet<>(this.names);
		all.addAll(subscribed);
		this.names = Set.copyOf(all);
	}

	/** Numbers start anew: the record of the subscriptions goes with those of the log. */
	synchronized void clear() {
		this.names = Collections.emptySet();
	}

	/** Bytes of the heap that the names take, as an upper bound. */
	long held() {
		return (long) NAME * this.names.size();
	}

	boolean contains(String name) {
		return this.names.contains(name);
	}

	synchronized List<String> change(List<String> add, List<String> remove) {
		Set<String> changed = new TreeSet<>(this.names);
		changed.addAll(add);
		remove.forEach(changed::remove);
		if (changed.size() > MAX) {
			throw new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "More than " + MAX + " subscriptions").notRun();
		}
		this.names = Set.copyOf(changed);
		Listener told = this.listener;
		if (told != null) {
			told.changed(add, remove);
		}
		return List.copyOf(changed);
	}

	static Action action(Function<AgentExchange, Subscriptions> of) {
		return Action.named(Names.SUBSCRIBE).handler((exchange) -> Mono.fromSupplier(() -> {
			Map<String, Object> arguments = exchange.arguments().isEmpty() ? Map.of()
					: exchange.codec().decodeMap(exchange.arguments());
			List<String> add = checked(arguments.get("add"), "/add");
			List<String> remove = checked(arguments.get("remove"), "/remove");
			return Map.of("events", of.apply(exchange).change(add, remove));
		}));
	}

	private static List<String> checked(@Nullable Object given, String pointer) {
		if (given == null) {
			return List.of();
		}
		List<Violation> violations = new ArrayList<>();
		List<String> names = new ArrayList<>();
		if (given instanceof List<?> list && list.size() > MAX) {
			// It is a single mistake: a list may have as many texts as fit into a call.
			violations.add(new Violation(pointer, "maxItems", "expected at most " + MAX + " names"));
		}
		else if (given instanceof List<?> list) {
			for (int i = 0; i < list.size(); i++) {
				if (list.get(i) instanceof String name && Names.isValid(name) && name.length() <= 128) {
					names.add(name);
				}
				else {
					violations.add(new Violation(pointer + "/" + i, "pattern", "is not the name of an event"));
				}
			}
		}
		else {
			violations.add(new Violation(pointer, "type", "expected an array of texts"));
		}
		if (!violations.isEmpty()) {
			throw new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit").withViolations(violations)
				.notRun();
		}
		return names;
	}

}
