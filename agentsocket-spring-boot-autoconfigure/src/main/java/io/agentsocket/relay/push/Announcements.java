package io.agentsocket.relay.push;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Mono;

/**
 * Offers actions of a function to one session, and takes them back, whichever pod has
 * offered them. Thread-safe.
 */
public interface Announcements {

	/**
	 * Check whether actions can be announced, without doing so.
	 * @param session where they are announced
	 * @param descriptors describe them
	 * @return fails with {@link FunctionFailure} if one cannot be offered, if somebody
	 * else has the name of one, or if they are too many
	 */
	Mono<Void> check(Target session, List<Map<String, Object>> descriptors);

	/** The descriptors of actions that parts of a push announce. */
	static List<Map<String, Object>> descriptors(List<AnswerPart> parts) {
		return parts.stream()
			.filter(AnswerPart.Define.class::isInstance)
			.map((part) -> ((AnswerPart.Define) part).descriptor())
			.toList();
	}

	/**
	 * Announce an action, or replace one that was announced before.
	 * @param session where it is announced
	 * @param descriptor describes it
	 * @return fails with {@link FunctionFailure} if it cannot be offered, or if somebody
	 * else has the name
	 */
	Mono<Void> announce(Target session, Map<String, Object> descriptor);

	/** Withdraw an action that was announced; nothing happens if there is none. */
	Mono<Void> withdraw(Target session, String name);

	/**
	 * A session whose actions change.
	 *
	 * @param session the session
	 * @param actions finds its own actions in this pod; only asked for a change, since
	 * the session stays reachable from here then
	 */
	record Target(AgentSession session, Supplier<ActionCatalog> actions) {

		public ActionCatalog catalog() {
			return this.actions.get();
		}

	}

}
