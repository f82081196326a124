package io.agentsocket.session;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;

/**
 * A message from pod to pod.
 *
 * @param type its kind
 * @param session id of the session, or empty
 * @param to the owner or follower that it is for, as {@code pod/nonce}, or the part of an
 * application, as {@code pod/part}, or empty
 * @param from its sender, in the same form, or empty
 * @param body content, depends on the type
 */
@Internal
public record PodMessage(Type type, String session, String to, String from, Bytes body) {

	/**
	 * The pod in the name of an owner, a follower or a part.
	 * @param name the name
	 * @return the part before the slash, or all of it
	 */
	public static String podOf(String name) {
		int slash = name.indexOf('/');
		return (slash >= 0) ? name.substring(0, slash) : name;
	}

	/**
	 * The part behind the pod in such a name.
	 * @param name the name
	 * @return the part behind the slash, or all of it
	 */
	public static String partOf(String name) {
		return name.substring(name.indexOf('/') + 1);
	}

	/**
	 * Kinds of messages. The codes are used between pods.
	 */
	public enum Type {

		/** There is something in the inbox of a session. */
		WAKE(1),

		/** A session has another owner: {@code from}. */
		MOVED(2),

		/** Frames of the agent for a follower. */
		FRAMES(3),

		/** The owner has taken messages of a follower. */
		TAKEN(4),

		/** A session has ended. */
		ENDED(5),

		/** A command to all pods. */
		COMMAND(6),

		/** The streams that run at a follower as far as the owner knows. */
		STREAMS(7),

		/** A message of a part of the application beside the server. */
		MAIL(8);

		private final int code;

		Type(int code) {
			this.code = code;
		}

		/**
		 * The number between pods.
		 * @return 1 to 8
		 */
		public int code() {
			return this.code;
		}

		/**
		 * The type of a number.
		 * @param code the number
		 * @return the type
		 * @throws IllegalArgumentException if there is none
		 */
		public static Type of(int code) {
			if (code < 1 || code > values().length) {
				throw new IllegalArgumentException("No type of message: " + code);
			}
			return values()[code - 1];
		}

	}

}
