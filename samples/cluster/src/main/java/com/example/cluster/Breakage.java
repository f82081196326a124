package com.example.cluster;

/**
 * Something that broke connections.
 *
 * @param kind what it was
 * @param at when it happened, or began, in nanoseconds
 */
record Breakage(Kind kind, long at) {

	/** Kind of the event. */
	enum Kind {

		/** A pod died. */
		DEATH,

		/** A pod was asked to leave. */
		LEAVE,

		/** Connections were cut. */
		CUT

	}

}
