package io.agentsocket.autoconfigure.server;

/**
 * The servlet container is none on which the endpoint works.
 */
final class UnsupportedContainerException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final String container;

	UnsupportedContainerException(String container) {
		super("The Agent Socket endpoint works on Tomcat and Jetty, not on " + container);
		this.container = container;
	}

	String container() {
		return this.container;
	}

}
