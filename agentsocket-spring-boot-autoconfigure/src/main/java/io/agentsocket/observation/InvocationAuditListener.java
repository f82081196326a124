package io.agentsocket.observation;

/**
 * Told of each invocation that is over, in both directions, also of those that were
 * refused by an interceptor, denied, cancelled or late. Calls that the protocol refuses,
 * of actions that do not exist or are hidden, did not run and are not told.
 *
 * <p>
 * Called on the application's task executor, one invocation after the other in the order
 * of their ends: it may block. Invocations do not wait for it. When 10,000 wait for a
 * slow listener further ones are dropped, with a line in the log. A listener that throws
 * is logged; the others are called.
 */
@FunctionalInterface
public interface InvocationAuditListener {

	/**
	 * An invocation is over.
	 * @param audit all facts about it
	 */
	void audited(InvocationAudit audit);

}
