package io.agentsocket.method;

import java.util.concurrent.RejectedExecutionException;

/**
 * A task that hears that an executor refused it after it had waited there: whoever
 * ordered it is not on the stack any more.
 */
public interface RefusableTask extends Runnable {

	/**
	 * The executor does not take it, and will not run it.
	 * @param cause the executor's exception
	 */
	void refused(RejectedExecutionException cause);

}
