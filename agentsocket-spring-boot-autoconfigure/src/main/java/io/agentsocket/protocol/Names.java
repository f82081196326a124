package io.agentsocket.protocol;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Names of actions and events. Implements section 8 of {@code docs/protocol.md}.
 */
@Internal
public final class Names {

	/** Syntax of names. */
	public static final String PATTERN = "[A-Za-z0-9_][A-Za-z0-9_.\\-/]*";

	/** Prefix of the names that belong to the protocol. */
	public static final String RESERVED_PREFIX = "as.";

	/** Asks the person behind the agent; alias {@value #ASK_ALIAS}. */
	public static final String ASK = "as.ask";

	/** Searches actions; alias {@value #FIND_ALIAS}. */
	public static final String FIND = "as.find";

	/** Describes actions; alias {@value #DESCRIBE_ALIAS}. */
	public static final String DESCRIBE = "as.describe";

	/** Asks for approval; alias {@value #APPROVE_ALIAS}. */
	public static final String APPROVE = "as.approve";

	/** Subscribes to events; alias {@value #SUBSCRIBE_ALIAS}. */
	public static final String SUBSCRIBE = "as.subscribe";

	/** Shows another credential; alias {@value #AUTHENTICATE_ALIAS}. */
	public static final String AUTHENTICATE = "as.authenticate";

	/** Alias of {@link #ASK}. */
	public static final int ASK_ALIAS = 1;

	/** Alias of {@link #FIND}. */
	public static final int FIND_ALIAS = 2;

	/** Alias of {@link #DESCRIBE}. */
	public static final int DESCRIBE_ALIAS = 3;

	/** Alias of {@link #APPROVE}. */
	public static final int APPROVE_ALIAS = 4;

	/** Alias of {@link #SUBSCRIBE}. */
	public static final int SUBSCRIBE_ALIAS = 5;

	/** Alias of {@link #AUTHENTICATE}. */
	public static final int AUTHENTICATE_ALIAS = 6;

	/** First alias that an application's name can have. */
	public static final int FIRST_ALIAS = 16;

	private Names() {
	}

	/**
	 * Whether a text is a name.
	 * @param name the text
	 * @return {@code true} when it matches {@link #PATTERN}
	 */
	public static boolean isValid(String name) {
		if (name.isEmpty()) {
			return false;
		}
		for (int i = 0; i < name.length(); i++) {
			char c = name.charAt(i);
			boolean word = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
			if (!word && (i == 0 || c != '.' && c != '-' && c != '/')) {
				return false;
			}
		}
		return true;
	}

	/**
	 * The name of a reserved alias.
	 * @param alias 1 to 15
	 * @return the name, or {@code null} when the alias is reserved for later
	 */
	public static @Nullable String reserved(int alias) {
		return switch (alias) {
			case ASK_ALIAS -> ASK;
			case FIND_ALIAS -> FIND;
			case DESCRIBE_ALIAS -> DESCRIBE;
			case APPROVE_ALIAS -> APPROVE;
			case SUBSCRIBE_ALIAS -> SUBSCRIBE;
			case AUTHENTICATE_ALIAS -> AUTHENTICATE;
			default -> null;
		};
	}

	/**
	 * The alias of a reserved name.
	 * @param name a name
	 * @return 1 to 15, or 0 for a name that has no reserved alias
	 */
	public static int reservedAlias(String name) {
		return switch (name) {
			case ASK -> ASK_ALIAS;
			case FIND -> FIND_ALIAS;
			case DESCRIBE -> DESCRIBE_ALIAS;
			case APPROVE -> APPROVE_ALIAS;
			case SUBSCRIBE -> SUBSCRIBE_ALIAS;
			case AUTHENTICATE -> AUTHENTICATE_ALIAS;
			default -> 0;
		};
	}

}
