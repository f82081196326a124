package com.example.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * A port on which nobody listens right now.
 */
final class FreePort {

	private static final int MAX = 65_535;

	private static final int BUS = 10_000;

	private FreePort() {
	}

	/**
	 * Returns a free port whose bus port, greater by 10,000, is free as well.
	 */
	static int findForNode() {
		while (true) {
			int port = find();
			if (port <= MAX - BUS && isFree(port + BUS)) {
				return port;
			}
		}
	}

	private static boolean isFree(int port) {
		try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
			return socket.isBound();
		}
		catch (IOException ex) {
			return false;
		}
	}

	static int find() {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
