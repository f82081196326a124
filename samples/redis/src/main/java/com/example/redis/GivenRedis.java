package com.example.redis;

/**
 * A server that somebody else started and ends.
 */
record GivenRedis(String host, int port) implements Backend {

	static final String VARIABLE = "AGENTSOCKET_TEST_REDIS";

	static GivenRedis at(String address) {
		int colon = address.lastIndexOf(':');
		if (colon < 1) {
			throw new IllegalArgumentException(VARIABLE + " is host:port, not: " + address);
		}
		return new GivenRedis(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1).trim()));
	}

	@Override
	public void close() {
	}

}
