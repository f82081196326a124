package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Codec;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Reads and changes the state of sessions, wherever else it is changed at the same time.
 * Thread-safe.
 */
final class SessionStates {

	private final Codec json;

	SessionStates(Codec json) {
		this.json = json;
	}

	/** The state as this process knows it. */
	StateDocument known(AgentSession session) {
		return StateDocument.read(session.attribute(StateDocument.ATTRIBUTE, String.class).orElse(null), this.json);
	}

	/** The state as the store has it. */
	Mono<StateDocument> present(AgentSession session) {
		UnaryOperator<@Nullable String> same = (value) -> value;
		return Mono.defer(() -> session.updateAttribute(StateDocument.ATTRIBUTE, String.class, same)
			.map((json) -> StateDocument.read(json, this.json))
			.defaultIfEmpty(StateDocument.EMPTY));
	}

	/**
	 * Apply a patch, as a whole or not at all.
	 * @return completes when stored; fails with {@link StateDocument.StaleStateException}
	 * when the patch is for another version than the present one
	 */
	Mono<Void> commit(AgentSession session, AnswerPart.Patch patch) {
		return Mono.defer(() -> {
			// An exception of a change may reach the subscriber wrapped.
			AtomicReference<@Nullable RuntimeException> refused = new AtomicReference<>(null);
			UnaryOperator<@Nullable String> change = (value) -> {
				refused.set(null);
				try {
					return StateDocument.read(value, this.json).apply(patch).write(this.json);
				}
				catch (RuntimeException ex) {
					refused.set(ex);
					return value;
				}
			};
			return session.updateAttribute(StateDocument.ATTRIBUTE, String.class, change).then(Mono.defer(() -> {
				RuntimeException error = refused.get();
				return (error != null) ? Mono.<Void>error(error) : Mono.<Void>empty();
			}));
		});
	}

}
