package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Settings of one function.
 *
 * @param name its name
 * @param url where it is served
 * @param secrets secrets that sign requests, the present one first; empty to sign nothing
 * @param headers further headers of each request
 * @param times how long each stage may take
 * @param concurrency requests that may be open at once
 * @param maxRequests requests for one invocation at most
 * @param itemLimit bytes of the largest item that it may answer with
 * @param notices whether it is told when sessions are opened and closed
 * @param allowInternal whether its URL may lead to this pod, or to link-local and
 * metadata addresses
 * @param claims names of the claims of a principal that it gets
 * @param upkeep requests beside invocations
 */
public record FunctionSettings(String name, URI url, List<String> secrets, Map<String, String> headers, Times times,
		int concurrency, int maxRequests, int itemLimit, boolean notices, boolean allowInternal, List<String> claims,
		Upkeep upkeep) {

	public FunctionSettings {
		secrets = List.copyOf(secrets);
		headers = Map.copyOf(headers);
		claims = List.copyOf(claims);
	}

	/** Does not show secrets and headers. */
	@Override
	public String toString() {
		return "function " + this.name + " at " + this.url;
	}

	/**
	 * Requests beside invocations. Implements sections 11 and 12 of
	 * {@code docs/function-protocol.md}.
	 *
	 * @param describe whether the function is asked for its actions
	 * @param interval when it is asked again unless it says otherwise
	 * @param allowedUrls origins to which its actions may lead beside its own
	 * @param warmUp whether it is asked to warm up
	 * @param minConnections connections that are opened together with the first one
	 * @param instances its instances, as far as they are known
	 */
	public record Upkeep(boolean describe, Duration interval, List<URI> allowedUrls, boolean warmUp, int minConnections,
			Instances instances) {

		/** No requests beside invocations. */
		public static final Upkeep NONE = new Upkeep(false, Duration.ofMinutes(5), List.of(), false, 1,
				Instances.UNKNOWN);

		public Upkeep {
			allowedUrls = List.copyOf(allowedUrls);
		}

	}

	/**
	 * Instances that the platform starts for a function. Implements section 12 of
	 * {@code docs/function-protocol.md}.
	 *
	 * @param concurrency requests that one instance takes at once, or 0 when that is not
	 * known: then no request waits for an instance
	 * @param startAfter how long a request waits for a busy instance before another one
	 * is started
	 * @param idle how long an instance without requests is expected to stay
	 */
	public record Instances(int concurrency, Duration startAfter, Duration idle) {

		/** Nothing is known of instances. */
		public static final Instances UNKNOWN = new Instances(0, Duration.ofMillis(20), Duration.ofMinutes(5));

	}

	/**
	 * Times that a request may take. Implements section 13 of
	 * {@code docs/function-protocol.md}.
	 *
	 * @param connect until there is a connection
	 * @param firstByte from then on until the answer begins
	 * @param idle silence in the answer
	 * @param total the whole request
	 */
	public record Times(Duration connect, Duration firstByte, Duration idle, Duration total) {

	}

}
