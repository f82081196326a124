package io.agentsocket.relay;

import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionCatalog;

/**
 * Offers actions of a function to one session, and takes them back. Thread-safe.
 */
interface Announcements {

	/**
	 * Check whether actions can be announced, without doing so.
	 * @param session the actions of the session alone
	 * @param descriptors describe them
	 * @throws FunctionFailure if one cannot be offered, if somebody else has the name of
	 * one, or if they are too many
	 */
	void check(ActionCatalog session, List<Map<String, Object>> descriptors);

	/** The descriptors of actions that parts of a push announce. */
	static List<Map<String, Object>> descriptors(List<AnswerPart> parts) {
		return parts.stream()
			.filter(AnswerPart.Define.class::isInstance)
			.map((part) -> ((AnswerPart.Define) part).descriptor())
			.toList();
	}

	/**
	 * Announce an action, or replace one that was announced before.
	 * @param session the actions of the session alone
	 * @param descriptor describes it
	 * @throws FunctionFailure if it cannot be offered, or if somebody else has the name
	 */
	void announce(ActionCatalog session, Map<String, Object> descriptor);

	/** Withdraw an action that was announced; nothing happens if there is none. */
	void withdraw(ActionCatalog session, String name);

}
