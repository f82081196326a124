package io.agentsocket.mcp;

import java.util.HashMap;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.bounds.SessionBounds;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * The calls of this pod: begins them, lets them go on with answers, and ends them when
 * the pod leaves. Thread-safe.
 */
final class McpCalls {

	private static final String LEAVES = "The server leaves";

	private final CallContext context;

	private final CarriedRequests carried;

	McpCalls(CallContext context) {
		this.context = context;
		this.carried = new CarriedRequests(context.server(), context.settings().callTimeout(),
				context.settings().maxParked());
	}

	/** Requests of this pod whose calls are parked in others. */
	CarriedRequests carried() {
		return this.carried;
	}

	McpLoad load(int subscriptions) {
		RunningCalls running = this.context.running();
		return new McpLoad(running.size(), this.context.parking().size(), subscriptions, running.begun(),
				running.cancelled(), this.carried.carried(), this.carried.lost());
	}

	/**
	 * Begin a call.
	 * @param action the action that is called
	 * @param session the session of the call
	 * @param message the request
	 * @param reply takes the result
	 * @param reactor Reactor context of the call
	 */
	void begin(Action action, McpSession session, RpcMessage message, Reply reply, Context reactor) {
		SessionBounds bounds;
		try {
			bounds = this.context.server()
				.admit(session.principal(), session.address(), action.name(), message.arguments.length());
		}
		catch (ActionException ex) {
			reply.result(CallResult.failure(ex));
			return;
		}
		McpCall call;
		try {
			message.settle();
			call = new McpCall(this.context, action, session, message, bounds, reply, reactor);
		}
		catch (RuntimeException ex) {
			bounds.turned(0, 0);
			bounds.close();
			throw ex;
		}
		this.context.running().begins(call);
		call.start();
	}

	/**
	 * Go on with a parked call, in whichever pod it is.
	 * @param state the state that the client has brought, as it is
	 * @param action the action of the request
	 * @param message the request
	 * @param session the caller that brings it
	 * @param reply takes the result
	 * @throws RpcError if the state or the answers are none
	 */
	void resume(RequestStates.State state, Action action, RpcMessage message, McpSession session, Reply reply) {
		if (this.context.parking().find(state.id()) == null && this.carried.isElsewhere(state.pod())) {
			if (!reply.takesForms()) {
				throw noForms();
			}
			this.carried.carry(state, action.name(), message, session, reply);
			return;
		}
		Bytes responses = message.inputResponses;
		// The call goes on with the arguments that it has.
		message.arguments = Bytes.EMPTY;
		message.settle();
		resume(state, action.name(), session.principalName(), responses, reply, session);
	}

	/**
	 * Go on with a parked call of this pod.
	 * @param state the state that the client has brought, as it is
	 * @param tool name of the action of the request
	 * @param principal name of the principal that brings it, or {@code null}
	 * @param responses responses to the questions, a JSON object, or empty
	 * @param reply takes the result
	 * @throws RpcError if the state or the answers are none
	 */
	void resume(RequestStates.State state, String tool, @Nullable String principal, Bytes responses, Reply reply) {
		resume(state, tool, principal, responses, reply, null);
	}

	private void resume(RequestStates.State state, String tool, @Nullable String principal, Bytes responses,
			Reply reply, @Nullable McpSession caller) {
		OpenCall call = check(state, tool, principal);
		if (!reply.takesForms()) {
			throw noForms();
		}
		call.resume(reply, state.sequence(), decoded(responses), caller);
	}

	/**
	 * Look whether this pod has written a state, and its call has not ended.
	 * @param state the state that the client has brought, as it is
	 * @param tool name of the action of the request
	 * @param principal name of the principal that brings it, or {@code null}
	 * @return the call
	 * @throws RpcError if it has not
	 */
	OpenCall check(RequestStates.State state, String tool, @Nullable String principal) {
		this.context.parking().states().verify(state, tool, principal);
		OpenCall call = this.context.parking().find(state.id());
		if (call == null) {
			throw RpcError.invalidParams("The call of this requestState has ended");
		}
		return call;
	}

	private static RpcError noForms() {
		return RpcError.missesForms("The answers of a form come from a client that shows forms");
	}

	private Map<String, Object> decoded(Bytes responses) {
		if (responses.isEmpty()) {
			return new HashMap<>();
		}
		try {
			return this.context.codec().decodeMap(responses);
		}
		catch (CodecException ex) {
			throw RpcError.invalidParams("\"inputResponses\" cannot be read");
		}
	}

	/** End the calls that wait for answers. */
	void leave() {
		this.context.parking().close(LEAVES);
	}

	/** End all calls. */
	void close() {
		leave();
		this.carried.close(LEAVES);
		this.context.running().close(LEAVES);
	}

}
