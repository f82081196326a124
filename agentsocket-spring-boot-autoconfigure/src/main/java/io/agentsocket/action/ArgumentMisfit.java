package io.agentsocket.action;

import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;

/**
 * Refuses arguments that do not fit the type of an action. Implements the last row of
 * section 9.7 of {@code docs/protocol.md}.
 */
@Internal
public final class ArgumentMisfit {

	private ArgumentMisfit() {
	}

	/**
	 * Read the arguments before anything else is done for an invocation.
	 * @param exchange the invocation
	 * @param type type of the arguments as a whole; {@code Void.class} for none
	 * @param <A> type of the arguments
	 * @return the arguments, {@code null} for {@code Void.class}
	 * @throws ActionException INVALID_ARGUMENT, certainly not run, if they do not fit
	 */
	public static <A> A read(AgentExchange exchange, Class<A> type) {
		try {
			if (type == Void.class) {
				return none(exchange);
			}
			A arguments = exchange.arguments(type);
			if (arguments == null) {
				throw new CodecException(false, "", "expected an object", null);
			}
			return arguments;
		}
		catch (CodecException ex) {
			throw of(ex).notRun();
		}
	}

	/** Arguments that nobody wants are passed over, if they are a map or absent. */
	@SuppressWarnings("NullAway")
	private static <A> A none(AgentExchange exchange) {
		exchange.arguments(Map.class);
		return null;
	}

	/**
	 * The error for arguments that do not fit.
	 * @param cause where they do not
	 * @return INVALID_ARGUMENT with one violation
	 */
	public static ActionException of(CodecException cause) {
		return new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit")
			.withViolations(List.of(violation(cause)))
			.withCause(cause);
	}

	/**
	 * The error for an item of the caller that does not fit.
	 * @param cause where it does not
	 * @return INVALID_ARGUMENT with one violation, whose pointer leads into the item
	 */
	public static ActionException ofItem(CodecException cause) {
		return new ActionException(ErrorCode.INVALID_ARGUMENT, "An item does not fit: " + cause.getMessage())
			.withViolations(List.of(violation(cause)))
			.withCause(cause);
	}

	/**
	 * The error for an item of the caller that breaks its schema.
	 * @param violations where it does
	 * @return INVALID_ARGUMENT with the violations, whose pointers lead into the item
	 */
	public static ActionException ofItem(List<Violation> violations) {
		return new ActionException(ErrorCode.INVALID_ARGUMENT, "An item does not fit").withViolations(violations);
	}

	/**
	 * Where and how a value does not fit.
	 * @param cause says it
	 * @return the violation
	 */
	static Violation violation(CodecException cause) {
		return new Violation(cause.pointer(), cause.rule(), String.valueOf(cause.getMessage()));
	}

}
