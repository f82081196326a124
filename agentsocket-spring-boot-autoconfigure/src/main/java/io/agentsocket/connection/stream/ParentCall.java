package io.agentsocket.connection.stream;

/**
 * An invocation that runs here, as the invocations see it that are nested into it: they
 * end with it, and not after its deadline.
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

	/** Whether the next owner of the session knows of it. */
	boolean isRecorded();

	/** Nanoseconds until its deadline, not above 0 when it has passed, or the maximum. */
	long nanosLeft();

	/** Adds a nested invocation, which is told of the end. */
	void addNested(Nested call);

	/** A nested invocation has ended. */
	void removeNested(Nested call);

}
