package io.agentsocket.relay;

import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The state of a session as one invocation sees it: the document of its latest request,
 * and the patch of the answer. Its signals come one at a time; pushes are checked on any
 * thread. Implements section 8 of {@code docs/function-protocol.md}.
 */
final class InvocationState {

	private final SessionStates states;

	private final AgentSession session;

	private final RelayedAction action;

	/** The state that the latest request had. */
	private volatile StateDocument document = StateDocument.EMPTY;

	private AnswerPart.@Nullable Patch patch;

	InvocationState(SessionStates states, AgentSession session, RelayedAction action) {
		this.states = states;
		this.session = session;
		this.action = action;
	}

	/** The state as this process knows it. */
	StateDocument known() {
		return this.states.known(this.session);
	}

	/** The state as the store has it. */
	Mono<StateDocument> present() {
		return this.states.present(this.session);
	}

	/** A request leaves with this state. */
	void requested(StateDocument sent) {
		this.patch = null;
		this.document = sent;
	}

	/** The state that the latest request had. */
	StateDocument document() {
		return this.document;
	}

	/**
	 * Keeps the patch of an answer until it is committed.
	 * @throws FunctionFailure if the function must not change the state so
	 */
	void patch(AnswerPart.Patch given) {
		check(given);
		this.patch = given;
	}

	/**
	 * Checks a part that is pushed before anything of the push takes effect.
	 * @throws FunctionFailure if the function must not change the state so
	 */
	void checkPushed(AnswerPart part) {
		if (part instanceof AnswerPart.Patch given) {
			check(given);
		}
	}

	private void check(AnswerPart.Patch given) {
		if (this.action.access() != StateAccess.WRITE) {
			throw FunctionFailure.malformed("A patch from an action that does not write the state");
		}
		if (given.version() != this.document.version()) {
			throw FunctionFailure.malformed("A patch for another version than that of the request");
		}
		if (!this.action.keys().containsAll(given.set().keySet()) || !this.action.keys().containsAll(given.remove())) {
			throw FunctionFailure.malformed("A patch of keys that are not declared");
		}
	}

	/**
	 * Stores the patch of the answer, if it has one.
	 * @return completes when stored; fails with {@link StateDocument.StaleStateException}
	 * when the state was changed elsewhere
	 */
	Mono<Void> commit() {
		AnswerPart.Patch given = this.patch;
		return (given != null) ? this.states.commit(this.session, given) : Mono.empty();
	}

	/**
	 * Stores the patch of an answer that is not the end: the function is not asked again,
	 * and later patches are for the changed state.
	 */
	Mono<Void> commitAndGoOn() {
		AnswerPart.Patch given = this.patch;
		return commit().doOnSuccess((done) -> {
			this.patch = null;
			if (given != null) {
				this.document = this.document.apply(given);
			}
		}).onErrorMap(StateDocument.StaleStateException.class, (error) -> Answers.conflict().mayHaveRun());
	}

}
