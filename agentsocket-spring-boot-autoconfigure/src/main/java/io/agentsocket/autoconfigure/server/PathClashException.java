package io.agentsocket.autoconfigure.server;

/**
 * The path of the endpoint has another handler.
 */
final class PathClashException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final String path;

	private final String other;

	PathClashException(String path, String other) {
		super("The path '" + path + "' of the Agent Socket endpoint is also mapped to " + other);
		this.path = path;
		this.other = other;
	}

	String path() {
		return this.path;
	}

	String other() {
		return this.other;
	}

}
