package io.agentsocket.client;

/**
 * Which of several addresses of a server a client tries first. In each case a client
 * tries all of them, one after the other, before it waits.
 */
public enum UriPolicy {

	/** The first one in the list first, each time: the others are its replacements. */
	IN_ORDER,

	/** Another order each time, so that many clients spread over all addresses. */
	RANDOM,

	/** The one behind the address that was tried last. */
	ROUND_ROBIN

}
