package io.agentsocket.session.redis;

/**
 * Syntax of the prefix of all keys.
 */
final class Namespaces {

	private Namespaces() {
	}

	/** Braces would change the hash tag. */
	static String checked(String namespace) {
		if (namespace.isBlank() || namespace.length() > 128 || namespace.indexOf('{') >= 0
				|| namespace.indexOf('}') >= 0) {
			throw new IllegalArgumentException("A namespace has 1 to 128 characters, none of them a brace");
		}
		return namespace;
	}

}
