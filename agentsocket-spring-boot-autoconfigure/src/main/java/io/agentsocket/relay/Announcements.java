package io.agentsocket.relay;

import java.util.Map;

import io.agentsocket.action.ActionCatalog;

/**
 * Offers actions of a function to one session, and takes them back. Thread-safe.
 */
interface Announcements {

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
