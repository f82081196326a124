package io.agentsocket.server;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Collection;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * A request for an upgrade, as {@link UpgradePolicy} looks at it.
 */
@Internal
public interface UpgradeAttempt {

	/**
	 * The method of the request.
	 * @return its name
	 */
	String method();

	/**
	 * The address that was asked for, as a trusted proxy tells it.
	 * @return the address
	 */
	URI uri();

	/**
	 * The headers.
	 * @return all of them
	 */
	HttpHeaders headers();

	/**
	 * Where the server was reached.
	 * @return its own address of the TCP connection, or {@code null}
	 */
	@Nullable InetSocketAddress localAddress();

	/**
	 * The address of the agent, as a trusted proxy tells it.
	 * @return its address, or {@code null} when it is not known
	 */
	@Nullable InetSocketAddress remoteAddress();

	/**
	 * Whether the request has one of some headers, also when a filter has taken it away.
	 * @param names names of the headers
	 * @return {@code true} if there is one
	 */
	boolean hasHeader(Collection<String> names);

}
