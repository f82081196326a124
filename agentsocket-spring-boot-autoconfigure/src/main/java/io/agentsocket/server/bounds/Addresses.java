package io.agentsocket.server.bounds;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;

import org.jspecify.annotations.Nullable;

/**
 * Tells which addresses count as one.
 */
public final class Addresses {

	/** Bytes of an address of IPv6 that one customer has: a /64. */
	private static final int NETWORK = 8;

	private Addresses() {
	}

	/**
	 * The key under which what comes from an address is counted.
	 * @param remote the address, or {@code null}
	 * @return an IPv4 address, the network of an IPv6 address, a name that could not be
	 * resolved, or {@code null} for nothing
	 */
	public static @Nullable String key(@Nullable InetSocketAddress remote) {
		if (remote == null) {
			return null;
		}
		InetAddress address = remote.getAddress();
		if (address == null) {
			return remote.getHostString();
		}
		return (address instanceof Inet6Address && !address.isLoopbackAddress())
				? HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), NETWORK)) : address.getHostAddress();
	}

}
