package io.agentsocket.connection;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * What a {@link Peer} is made of.
 *
 * @param role which side it is
 * @param codec codec of the session
 * @param limits what this side accepts
 * @param session the session
 * @param actions what the other side may invoke
 * @param listener told what concerns the owner
 * @param errorResolvers choose errors for exceptions of actions, in order
 * @param timer runs timers, off the event loop
 * @param keepAlive after this time without sending, a server asks for a sign of life
 * @param keepAliveTimeout within this time it has to come
 * @param stallTimeout after this time without progress of a full send queue the
 * connection is closed
 * @param sessionActions actions of the session alone
 * @param questionSender asks the other side
 * @param storage makes the session durable, or {@code null} when it lives in this process
 * only
 */
public record PeerSettings(Role role, Codec codec, Limits limits, AgentSession session, ActionView actions,
		PeerListener listener, List<ErrorResolver> errorResolvers, Scheduler timer, Duration keepAlive,
		Duration keepAliveTimeout, Duration stallTimeout, Supplier<ActionCatalog> sessionActions,
		QuestionSender questionSender, @Nullable PeerStorage storage) {

	/** Seconds without sending after which a server asks for a sign of life. */
	public static final Duration KEEP_ALIVE = Duration.ofSeconds(25);

	/** Seconds that the sign of life may take. */
	public static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(10);

	/** Seconds after which a connection that takes nothing is closed. */
	public static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);

	public PeerSettings {
		errorResolvers = List.copyOf(errorResolvers);
	}

	/**
	 * Settings of a peer without actions of the session alone.
	 * @param role which side it is
	 * @param codec codec of the session
	 * @param limits what this side accepts
	 * @param session the session
	 * @param actions what the other side may invoke
	 * @param listener told what concerns the owner
	 * @param errorResolvers choose errors for exceptions of actions, in order
	 * @param timer runs timers, off the event loop
	 * @param keepAlive after this time without sending, a server asks for a sign of life
	 * @param keepAliveTimeout within this time it has to come
	 * @param stallTimeout after this time without progress of a full send queue the
	 * connection is closed
	 */
	public PeerSettings(Role role, Codec codec, Limits limits, AgentSession session, ActionView actions,
			PeerListener listener, List<ErrorResolver> errorResolvers, Scheduler timer, Duration keepAlive,
			Duration keepAliveTimeout, Duration stallTimeout) {
		this(role, codec, limits, session, actions, listener, errorResolvers, timer, keepAlive, keepAliveTimeout,
				stallTimeout, ActionCatalog::new, new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT), null);
	}

	/**
	 * Which side of the session a peer is.
	 */
	public enum Role {

		/** Opened the socket; its stream ids are odd. */
		CLIENT,

		/** Accepted the socket; its stream ids are even. */
		SERVER

	}

}
