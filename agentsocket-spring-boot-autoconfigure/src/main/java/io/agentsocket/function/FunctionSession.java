package io.agentsocket.function;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.CallSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The session as an action of a function sees it. Attributes are the values of the state
 * that travels with the request; changes are collected, and go back as one patch with the
 * result. Thread-safe. Implements section 8 of {@code docs/function-protocol.md}.
 */
final class FunctionSession extends CallSession {

	private final String id;

	private final Codec codec;

	/** Version of the state; null when the action sees none. */
	private final @Nullable Object version;

	private final Map<String, Object> values;

	private final @Nullable CallbackPush push;

	private final DetachedWork work;

	/** Answers the request; that of a session without a run fails. */
	private volatile Mono<Void> detachment = Mono.error(() -> new IllegalStateException("There is no request"));

	/** Whether the state has gone with an answer. */
	private boolean detached;

	private final Set<String> changed = new HashSet<>();

	/**
	 * Create a session.
	 * @param push tells the agent something later, or {@code null} if the relay takes no
	 * pushes
	 * @param work takes the work after the answer
	 */
	FunctionSession(InvokeRequest request, Codec codec, @Nullable CallbackPush push, DetachedWork work) {
		super(request.principal(), request.agent());
		this.push = push;
		this.work = work;
		this.id = request.session();
		this.codec = codec;
		Map<String, Object> state = request.state();
		this.version = (state != null) ? state.getOrDefault("version", 0) : null;
		this.values = new HashMap<>((state != null) ? InvokeRequest.map(state.get("values")) : Map.of());
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public boolean isConnected() {
		return true;
	}

	@Override
	public synchronized Set<String> attributeNames() {
		return Set.copyOf(this.values.keySet());
	}

	@Override
	public synchronized <T> Optional<T> attribute(String name, Class<T> type) {
		return Optional.ofNullable(read(name, type));
	}

	private <T> @Nullable T read(String name, Class<T> type) {
		Object value = this.values.get(name);
		if (value == null) {
			return null;
		}
		try {
			return this.codec.decode(this.codec.encode(value), type);
		}
		catch (CodecException ex) {
			throw new IllegalArgumentException("The attribute " + name + " is not a " + type.getName(), ex);
		}
	}

	@Override
	public Mono<Void> setAttribute(String name, @Nullable Object value) {
		try {
			write(name, value);
			return Mono.empty();
		}
		catch (ActionException ex) {
			return Mono.error(ex);
		}
	}

	private synchronized void write(String name, @Nullable Object value) {
		if (this.version == null) {
			throw new ActionException(ErrorCode.FAILED_PRECONDITION,
					"The action is not declared to the pod as one that changes the state");
		}
		if (this.detached) {
			throw new ActionException(ErrorCode.FAILED_PRECONDITION,
					"The request is answered: a further change goes with the end that is pushed");
		}
		if (value != null) {
			// The value as the relay makes it, at once: nobody changes it behind us.
			Object plain = this.codec.decode(this.codec.encode(value), Object.class);
			this.values.put(name, (plain != null) ? plain : value);
		}
		else {
			this.values.remove(name);
		}
		this.changed.add(name);
	}

	@Override
	public synchronized <T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change) {
		try {
			T value = change.apply(read(name, type));
			write(name, value);
			return Mono.justOrEmpty(value);
		}
		catch (RuntimeException ex) {
			return Mono.error(ex);
		}
	}

	/** The changes as the relay takes them; {@code null} when there are none. */
	synchronized @Nullable Map<String, Object> patch() {
		if (this.changed.isEmpty() || this.version == null) {
			return null;
		}
		Map<String, Object> set = new LinkedHashMap<>();
		for (String name : this.changed) {
			Object value = this.values.get(name);
			if (value != null) {
				set.put(name, value);
			}
		}
		List<String> removed = this.changed.stream().filter((name) -> !set.containsKey(name)).toList();
		return Map.of("version", this.version, "set", set, "remove", removed);
	}

	/** Set how the request is answered while its action goes on. */
	void onDetach(Mono<Void> answer) {
		this.detachment = answer;
	}

	/** The changes that go with the answer; no more can be made. */
	synchronized @Nullable Map<String, Object> detach() {
		this.detached = true;
		return patch();
	}

	@Nullable FunctionPush push(AgentExchange exchange) {
		CallbackPush callback = this.push;
		return (callback != null) ? new InvocationPush(callback, exchange, this.detachment, this.work) : null;
	}

	@Override
	public Mono<Void> end() {
		return Mono.error(new ActionException(ErrorCode.UNIMPLEMENTED, "A function does not end a session"));
	}

}
