package io.agentsocket.action;

import java.lang.reflect.Type;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A running invocation, as the action sees it: what the caller sent, who the caller is,
 * and the way back to it, in addition to what {@link RunningAction} says. All methods may
 * be called from any thread. Implements sections 9 and 18 to 20 of
 * {@code docs/protocol.md}.
 */
public interface AgentExchange extends RunningAction {

	/**
	 * The arguments as they came.
	 * @return one encoded map, or empty when there are none
	 */
	Bytes arguments();

	/**
	 * The arguments as a type. Components of records must be there unless they are
	 * declared to be optional; others than those of the type are left out.
	 * @param type the target
	 * @param <T> the target
	 * @return the arguments
	 * @throws CodecException if they do not fit
	 */
	default <T> @Nullable T arguments(Type type) {
		// No arguments are the same as an empty map.
		Bytes encoded = arguments().isEmpty() ? codec().encodeMap(Map.of()) : arguments();
		T decoded = codec().decode(encoded, type, Strictness.REQUIRED);
		if (decoded == null) {
			throw new CodecException(false, "", "expected an object", null);
		}
		return decoded;
	}

	/**
	 * The same invocation with other arguments, for an {@link ActionInterceptor} to go on
	 * with.
	 * @param arguments a map, record or bean, or {@code null} for none
	 * @return a view of this invocation
	 * @throws CodecException if they cannot be encoded as a map
	 */
	AgentExchange withArguments(@Nullable Object arguments);

	/**
	 * The invocation of this side that the caller nests this one into. A question of an
	 * action of the other side, for example, belongs to the invocation of that action.
	 * @return the invocation that this side has made, or {@code null} for none
	 */
	default @Nullable Invocation parent() {
		return null;
	}

	/**
	 * Reactor context of the subscriber of {@link #parent()}: where one client serves
	 * several users, it says whose invocation this one belongs to. It is not part of the
	 * context in which the action runs, so that the rights of the one are not taken for
	 * those of the other.
	 * @return the context, empty without a parent
	 */
	default ContextView parentContext() {
		return Context.empty();
	}

	/**
	 * The codec of the connection.
	 * @return the codec of the arguments and of the results
	 */
	Codec codec();

	/**
	 * Bytes of the largest item that the caller accepts, encoded.
	 * @return the limit; a larger result ends the invocation with TOO_LARGE
	 */
	default int maxItem() {
		return Integer.MAX_VALUE;
	}

	/**
	 * Number of the invocation in its session. It stays the same when another pod goes on
	 * with the invocation.
	 * @return the number, 0 for one with which no other pod can go on
	 */
	default int callNumber() {
		return 0;
	}

	/**
	 * The items that the caller sends while the action runs. Demand becomes CREDIT. Can
	 * be subscribed to once.
	 * @param type type of an item: text for TEXT frames, {@code byte[]} for BYTES frames,
	 * anything for DATA frames
	 * @param <T> type of an item
	 * @return the items; completes when the caller sends no more
	 */
	<T> Flux<T> inbound(Class<T> type);

	/**
	 * Whether the caller asked to stop after the current step.
	 * @return {@code true} from the moment on that the request arrived
	 */
	boolean isStopRequested();

	/**
	 * Completes when the caller asks to stop after the current step; use it with
	 * {@code takeUntilOther}.
	 * @return completes on the request, or when the invocation ends
	 */
	Mono<Void> stopRequested();

	/**
	 * Tell the caller how far the work has come. Reports that come faster than they can
	 * be sent replace each other.
	 * @param done units done
	 * @param total units in all, or {@code null} when unknown
	 * @param text the present work, or {@code null}
	 */
	void progress(double done, @Nullable Double total, @Nullable String text);

	/**
	 * Invoke an action of the caller, nested into this invocation: it shares the deadline
	 * and is cancelled with it.
	 * @param action name of the action
	 * @return the call, which may be described further before it is made
	 */
	InvocationSpec invoke(String action);

	/**
	 * Ask the person or model behind the caller, in the middle of the work: the
	 * invocation is suspended, no thread is, and it is not run again.
	 * @param prompt the question
	 * @param type type of the answer; its JSON Schema is sent along and checked
	 * @param <T> type of the answer
	 * @return the answer; fails with FAILED_PRECONDITION when declined or when the caller
	 * answers no questions, CANCELLED when dismissed, ASK_TIMEOUT when nobody answered
	 */
	default <T> Mono<T> ask(String prompt, Class<T> type) {
		return ask(Question.of(prompt, type)).map(Answer::orElseThrow);
	}

	/**
	 * Ask the person or model behind the caller and learn how the question ended.
	 * @param question the question
	 * @param <T> type of the answer
	 * @return how it ended; fails only when asking itself fails
	 */
	<T> Mono<Answer<T>> ask(Question<T> question);

	/**
	 * Actions that exist for this session only, until they are removed or the session
	 * ends. The caller learns of each change at once.
	 * @return a catalog whose actions hide those of the same name that all sessions see
	 */
	ActionCatalog actions();

	/**
	 * Send an event to the caller, in order with the results. Nothing happens when the
	 * invocation was cut off, or its session has ended.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 */
	void sendEvent(String name, @Nullable Object payload);

}
