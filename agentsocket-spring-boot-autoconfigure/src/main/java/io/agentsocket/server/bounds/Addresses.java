package io.agentsocket.server.bounds;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Tells which addresses count as one.
 */
public final class Addresses {

	/** Bytes of an address of IPv6 that one customer has: a /64. */
	private static final int NETWORK = 8;

	/** Characters of an address of IPv6 that ends as one of IPv4. */
	private static final int LONGEST = 45;

	private static final Pattern VERSION_4 = Pattern
		.compile("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

	private static final Pattern VERSION_6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

	private Addresses() {
	}

	/**
	 * The address that a text tells. Nothing is looked up: what a proxy tells may be a
	 * name, and asking for it would make the thread wait for a server of names.
	 * @param host an address, with or without brackets, or anything else
	 * @param port the port
	 * @return the address, unresolved when the text is none
	 */
	public static InetSocketAddress literal(String host, int port) {
		String text = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
		int zone = text.indexOf('%');
		text = (zone > 0) ? text.substring(0, zone) : text;
		if (text.length() <= LONGEST && (VERSION_4.matcher(text).matches() || VERSION_6.matcher(text).matches())) {
			try {
				// Looks nothing up: a text with a colon is an address or an error.
				return new InetSocketAddress(InetAddress.getByName(text), port);
			}
			catch (UnknownHostException ex) {
				// Too many colons, say.
			}
		}
		return InetSocketAddress.createUnresolved(host, port);
	}

	/**
	 * The key under which connections from an address are counted.
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
