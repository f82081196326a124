package io.agentsocket.relay;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.push.PodCalls;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Keeps the names of the actions that functions have announced in a session, with the pod
 * that offers each, in an attribute of the session: an action lives in the pod in which
 * it was announced, and may be changed through any other one. Thread-safe. Implements
 * section 10 of {@code docs/function-protocol.md}.
 */
final class AnnouncedNames {

	/** The attribute with the names, as JSON: of each its function and its pod. */
	private static final String NAMES = "agentsocket.functions.actions";

	private static final int ACCEPTED = 202;

	private static final int BAD_REQUEST = 400;

	private final Codec json;

	private final @Nullable PodCalls pods;

	/**
	 * Create names.
	 * @param pods the way to other pods, or {@code null} when there is none
	 */
	AnnouncedNames(Codec json, @Nullable PodCalls pods) {
		this.json = json;
		this.pods = pods;
	}

	/** The names, as the store knows them. */
	Mono<Map<String, Holder>> all(AgentSession session) {
		return change(session, (names) -> {
		});
	}

	/**
	 * Take a name for this pod, unless it is taken in a pod that is alive.
	 * @return the holder now
	 */
	Mono<Holder> take(AgentSession session, String name, String function) {
		return change(session, (names) -> {
			Holder present = names.get(name);
			if (present == null || !isAlive(present)) {
				names.put(name, new Holder(function, pod()));
			}
		}).map((names) -> names.getOrDefault(name, new Holder(function, pod())));
	}

	/**
	 * Take a name that a pod has had which is gone, unless it was withdrawn, or taken by
	 * somebody else, meanwhile.
	 * @return whether this pod has it now
	 */
	Mono<Boolean> inherit(AgentSession session, String name, String function, String gone) {
		Holder heir = new Holder(function, pod());
		return change(session, (names) -> {
			Holder present = names.get(name);
			if (present != null && present.function().equals(function)
					&& (present.pod().equals(gone) || !isAlive(present))) {
				names.put(name, heir);
			}
		}).map((names) -> heir.equals(names.get(name)));
	}

	/**
	 * Nobody has a name any more, unless another pod has inherited it meanwhile.
	 * @return the holder that has it now, if there is one
	 */
	Mono<Holder> release(AgentSession session, String name, Holder holder) {
		return change(session, (names) -> names.remove(name, holder))
			.flatMap((names) -> Mono.justOrEmpty(names.get(name)));
	}

	private String pod() {
		return (this.pods != null) ? this.pods.pod() : "";
	}

	/** Whether an action is offered by this pod. */
	boolean isHere(Holder holder) {
		return holder.pod().equals(pod());
	}

	boolean isAlive(Holder holder) {
		return isHere(holder) || this.pods != null && this.pods.isAlive(holder.pod());
	}

	/** Have the pod that offers an action change it. */
	Mono<Void> tell(Holder holder, AgentSession session, String change, Object what) {
		PodCalls present = this.pods;
		return (present == null) ? Mono.empty()
				: present
					.ask(holder.pod(), Map.of("session", session.id(), "function", holder.function(), change, what))
					.flatMap((status) -> switch (status) {
						case ACCEPTED -> Mono.<Void>empty();
						case BAD_REQUEST -> Mono.error(FunctionFailure.malformed("The action cannot be offered"));
						default -> Mono
							.error(new ActionException(ErrorCode.UNAVAILABLE, "The pod of the action does not answer")
								.retryable());
					});
	}

	private Mono<Map<String, Holder>> change(AgentSession session, Consumer<Map<String, Holder>> change) {
		AtomicReference<Map<String, Holder>> result = new AtomicReference<>(Map.of());
		UnaryOperator<@Nullable String> update = (present) -> {
			Map<String, Holder> names = read(present);
			change.accept(names);
			result.set(names);
			return write(names);
		};
		return Mono.defer(() -> session.updateAttribute(NAMES, String.class, update))
			.then(Mono.fromSupplier(result::get));
	}

	private Map<String, Holder> read(@Nullable String text) {
		Map<String, Holder> names = new LinkedHashMap<>();
		if (text != null) {
			this.json.decodeMap(Bytes.utf8(text)).forEach((name, value) -> {
				if (value instanceof List<?> list && list.size() == 2) {
					names.put(name, new Holder(String.valueOf(list.get(0)), String.valueOf(list.get(1))));
				}
			});
		}
		return names;
	}

	private @Nullable String write(Map<String, Holder> names) {
		Map<String, Object> map = new LinkedHashMap<>();
		names.forEach((name, holder) -> map.put(name, List.of(holder.function(), holder.pod())));
		return map.isEmpty() ? null : this.json.encodeMap(map).toUtf8();
	}

	/**
	 * The offer of an action.
	 *
	 * @param function name of the function that serves it
	 * @param pod name of the pod that offers it
	 */
	record Holder(String function, String pod) {

	}

}
