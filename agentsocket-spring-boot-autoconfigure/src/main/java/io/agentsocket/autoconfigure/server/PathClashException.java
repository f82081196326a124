package io.agentsocket.autoconfigure.server;

/**
 * The path of an endpoint has another handler.
 */
final class PathClashException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final transient EndpointPath path;

	private final String other;

	PathClashException(EndpointPath path, String other) {
		super("The path '" + path.path() + "' of the " + path.endpoint() + " endpoint is also mapped to " + other);
		this.path = path;
		this.other = other;
	}

	EndpointPath path() {
		return this.path;
	}

	String other() {
		return this.other;
	}

}
