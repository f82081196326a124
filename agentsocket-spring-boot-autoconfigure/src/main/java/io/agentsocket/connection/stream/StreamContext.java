package io.agentsocket.connection.stream;

import java.util.function.Supplier;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.Interceptors;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.Aliases;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;

/**
 * The parts of a peer that all its streams share. Parts that belong to the loop are used
 * in it only.
 *
 * @param loop the peer's loop
 * @param sendQueue takes the frames of the streams; its limits may be read on any thread
 * @param calls opens the calls of this side, and knows which of them wait
 * @param codec codec of the session
 * @param local limits of this side
 * @param holdings bytes that the peer holds
 * @param theirAliases aliases that the other side has defined
 * @param errors maps exceptions to errors
 * @param session the session
 * @param questionSender asks the other side
 * @param sessionActions actions of the session alone
 * @param interceptors stand around invocations in both directions
 * @param recorder records streams for another owner
 * @param host the peer, for all that changes
 */
public record StreamContext(PeerLoop loop, SendQueue sendQueue, OpenCalls calls, Codec codec, Limits local,
		Holdings holdings, Aliases theirAliases, ErrorMapping errors, AgentSession session,
		QuestionSender questionSender, Supplier<ActionCatalog> sessionActions, Interceptors interceptors,
		StreamRecorder recorder, StreamHost host) {

	/** Limits of the other side; from any thread. */
	public Limits remote() {
		return this.sendQueue.remote();
	}

	/** The ERROR frame of an exception, within the limits of the other side. */
	public Frame.Error errorFrame(int streamId, ActionException error) {
		return ErrorMapping.toFrame(streamId, error, this.codec, remote());
	}

}
