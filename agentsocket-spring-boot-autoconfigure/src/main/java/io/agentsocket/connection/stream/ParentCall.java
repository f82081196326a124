package io.agentsocket.connection.stream;

/**
 * An invocation that runs here, as its nested invocations see it: they end with it, and
 * at its deadline at the latest.
 */
interface ParentCall {

	/** An invocation that is nested into another one. */
	interface Nested {

		/** The outer invocation has ended. */
		void parentEnded();

	}

	int id();

	/** How many invocations it is nested into itself. */
	int depth();

	boolean isEnded();

	/** Whether the next owner of the session knows of the invocation. */
	boolean isRecorded();

	/** Nanoseconds until its deadline, not above 0 when it has passed, or the maximum. */
	long nanosLeft();

	/** Adds a nested invocation, which is told of the end. */
	void addNested(Nested call);

	/** A nested invocation has ended. */
	void removeNested(Nested call);

}
