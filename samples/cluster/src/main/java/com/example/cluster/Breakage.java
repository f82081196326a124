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

		/** A pod died, and others went on. */
		DEATH,

		/** A pod died, and no other one had started yet. */
		OUTAGE,

		/** A pod was asked to leave. */
		LEAVE,

		/** Connections were cut. */
		CUT

	}

}
