package io.agentsocket.relay.answer;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.codec.Encoded;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * A part of a function's answer, or of a push. Implements sections 4 to 6 of
 * {@code docs/function-protocol.md}.
 */
public sealed interface AnswerPart {

	/** Whether nothing may follow. */
	default boolean isLast() {
		return false;
	}

	/** A payload of the type of a frame, in the codec of the agent. */
	record Item(FrameType type, Encoded encoded) implements AnswerPart {

	}

	/** A progress report. */
	record Report(Progress progress) implements AnswerPart {

	}

	/** An event for the agent. */
	record Event(String name, @Nullable Object payload) implements AnswerPart {

	}

	/** An action that is announced for the session; its descriptor has the name. */
	record Define(Map<String, Object> descriptor) implements AnswerPart {

	}

	/** An action that is withdrawn. */
	record Withdraw(String name) implements AnswerPart {

	}

	/** Changes of the state. */
	record Patch(long version, Map<String, Object> set, Set<String> remove) implements AnswerPart {

	}

	/**
	 * A question or an approval.
	 *
	 * @param approval whether it is an approval
	 * @param repeatable whether the request with the answer may come twice
	 */
	record Ask(boolean approval, String prompt, @Nullable Map<String, Object> schema, String continuation,
			@Nullable Duration timeout, @Nullable String action, @Nullable Map<String, Object> arguments,
			boolean repeatable) implements AnswerPart {

		@Override
		public boolean isLast() {
			return true;
		}

	}

	/** The invocation goes on, and its end is pushed. */
	record Detached() implements AnswerPart {

		@Override
		public boolean isLast() {
			return true;
		}

	}

	/** The invocation has ended with an error. */
	record Failed(FunctionFailure failure) implements AnswerPart {

		@Override
		public boolean isLast() {
			return true;
		}

	}

	/** The invocation has ended well. */
	record End() implements AnswerPart {

		@Override
		public boolean isLast() {
			return true;
		}

	}

	/** Somebody wants the invocation to stop. */
	record Interrupt(int mode) implements AnswerPart {

	}

	/** The end, alone. */
	static List<AnswerPart> end() {
		return List.of(new End());
	}

}
