package io.agentsocket.relay.transport;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Addresses that requests to functions must not go to, whatever a name resolves to: those
 * of this pod itself, and those of the platform, where metadata and credentials are.
 * Thread-safe.
 */
public final class AddressRules {

	/** Addresses of metadata services that are not link-local. */
	private static final Set<String> METADATA = Set.of("100.100.100.200", "168.63.129.16", "192.0.0.192",
			"fd00:ec2:0:0:0:0:0:254", "fd20:ce:0:0:0:0:0:254");

	private static final Set<String> METADATA_NAMES = Set.of("metadata.google.internal", "metadata.goog", "metadata",
			"instance-data", "instance-data.ec2.internal");

	private final Supplier<Set<Integer>> ownPorts;

	/**
	 * Create rules.
	 * @param ownPorts the ports at which this pod listens now
	 */
	public AddressRules(Supplier<Set<Integer>> ownPorts) {
		this.ownPorts = ownPorts;
	}

	/**
	 * Whether a URL names a forbidden host by itself, before anything is resolved.
	 * @param url the URL
	 * @return the reason, or {@code null} when it is allowed so far
	 */
	public @Nullable String problem(URI url) {
		String host = url.getHost();
		if (host == null) {
			return "has no host";
		}
		String name = host.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
		if (METADATA_NAMES.contains(name)) {
			return "names a metadata service";
		}
		InetAddress literal = literal(name);
		return (literal != null) ? problem(literal, port(url)) : null;
	}

	private static int port(URI url) {
		return (url.getPort() >= 0) ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
	}

	/** An address that is written as one; a name is not looked up. */
	private static @Nullable InetAddress literal(String host) {
		boolean isAddress = host.startsWith("[") || host.matches("[0-9.]+") || host.matches("0x[0-9a-f]+");
		if (!isAddress) {
			return null;
		}
		try {
			return InetAddress.getByName(host);
		}
		catch (UnknownHostException ex) {
			return null;
		}
	}

	/**
	 * Whether an address is forbidden.
	 * @param address the address
	 * @param port the port
	 * @return the reason, or {@code null} when it is allowed
	 */
	public @Nullable String problem(InetAddress address, int port) {
		InetAddress plain = unmapped(address);
		if (plain.isLinkLocalAddress() || METADATA.contains(plain.getHostAddress().replaceAll("%.*", ""))) {
			return "leads to a link-local or metadata address";
		}
		if (plain.isMulticastAddress() || plain.getAddress()[0] == -1) {
			return "leads to a multicast or broadcast address";
		}
		if (this.ownPorts.get().contains(port) && isOwn(plain)) {
			return "leads to this pod itself";
		}
		return null;
	}

	private static boolean isOwn(InetAddress address) {
		if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
			return true;
		}
		try {
			return NetworkInterface.getByInetAddress(address) != null;
		}
		catch (SocketException ex) {
			return false;
		}
	}

	/** The IPv4 address within an IPv6 one: mapped, compatible, of NAT64 or 6to4. */
	private static InetAddress unmapped(InetAddress address) {
		byte[] bytes = address.getAddress();
		if (bytes.length != 16 || address.isLoopbackAddress() || address.isAnyLocalAddress()) {
			return address;
		}
		boolean nat64 = bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == (byte) 0xFF && bytes[3] == (byte) 0x9B;
		boolean within = true;
		for (int i = 0; i < 10; i++) {
			within &= bytes[i] == 0;
		}
		within &= bytes[10] == bytes[11] && (bytes[10] == 0 || bytes[10] == -1);
		boolean sixToFour = bytes[0] == 0x20 && bytes[1] == 2;
		if (!nat64 && !within && !sixToFour) {
			return address;
		}
		int at = sixToFour ? 2 : 12;
		try {
			return InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + 4));
		}
		catch (UnknownHostException ex) {
			return address;
		}
	}

	/** Check an address before a connection is made. */
	void require(InetAddress address, int port) {
		String problem = problem(address, port);
		if (problem != null) {
			throw new ForbiddenAddressException(problem);
		}
	}

	/** The URL of a function leads to where it must not. */
	static final class ForbiddenAddressException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		ForbiddenAddressException(String problem) {
			super("The URL of the function " + problem, null, false, false);
		}

	}

}
