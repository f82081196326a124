package com.example.cluster;

/**
 * Kinds of failures.
 */
enum Pattern {

	/** A pod dies at once, without a word. */
	KILL,

	/** Two pods die at the same time. */
	TWO,

	/**
	 * A pod stands still for some seconds and goes on as if nothing had happened; every
	 * other time its connections break meanwhile, and it becomes a zombie.
	 */
	PAUSE,

	/** A pod and Redis die together, and Redis comes back empty. */
	REDIS,

	/** TCP connections break; all pods live. */
	CUT,

	/** All pods are replaced one after the other, each of them asked politely. */
	ROLLING

}
