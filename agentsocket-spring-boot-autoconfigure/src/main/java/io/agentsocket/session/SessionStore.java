package io.agentsocket.session;

import java.time.Duration;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where the hot state of sessions lives: who owns a session, its resume tokens, and what
 * another owner needs to go on. Each operation is atomic and concerns one session. Tokens
 * reach the store hashed only.
 *
 * <p>
 * A session has one <em>owner</em> at a time: a name that is used once, in the form
 * {@code pod/nonce}. Only the owner may commit; with a new owner the one before is
 * fenced.
 *
 * <p>
 * Implementations are thread-safe and do not block. They fail with
 * {@link FencedException} where it says so, and with any other exception when they are
 * out of reach. Each operation ends: a store that waits for an answer gives up on it
 * after some seconds, since sessions wait for the store. Implements the server's part of
 * section 11 of {@code docs/protocol.md}.
 */
@Internal
public interface SessionStore {

	/**
	 * Whether several processes share the store. If not, sessions live as long as the
	 * process, and nothing needs to be committed.
	 * @return {@code true} when it is shared
	 */
	boolean isShared();

	/**
	 * Open a session.
	 * @param state the new session, with epoch 1
	 * @param owner its first owner
	 * @param tokenHash hash of its first resume token
	 * @param ttl time after which it is forgotten unless {@link #keep} is called
	 * @return completes when stored
	 */
	Mono<Void> open(SessionState state, String owner, String tokenHash, Duration ttl);

	/**
	 * Attach a connection to a session: verify the token, replace it and count the epoch
	 * up. If the session is owned by {@code owner}, it stays so and only its state is
	 * returned; else {@code candidate} becomes the owner and gets the committed state. A
	 * claim may be repeated when its reply has got lost: the one that was granted last is
	 * granted again, with the same epoch.
	 * @param id id of the session
	 * @param request tokens and principal that the agent presents
	 * @param owner the owner in this process, or empty if there is none
	 * @param candidate the owner to be otherwise, never used before
	 * @param ttl as of {@link #open}
	 * @return the session, or empty when there is none that fits all of it
	 */
	Mono<Claim> claim(String id, ClaimRequest request, String owner, String candidate, Duration ttl);

	/**
	 * The agent has seen its new token: the one before is void.
	 * @param id id of the session
	 * @param epoch epoch of the attachment; nothing happens when it is not the latest
	 * @return completes when stored
	 */
	Mono<Void> invalidatePreviousToken(String id, long epoch);

	/**
	 * Make the next step of a session durable. A commit that was applied already is
	 * accepted again and changes nothing, so that it can be repeated when its outcome is
	 * not known.
	 * @param id id of the session
	 * @param owner the owner
	 * @param commit the step; its number is one more than that of the step before
	 * @return completes when stored; fails with {@link FencedException} when the session
	 * is gone, has another owner and had it before it got this step, or lacks the step
	 * before
	 */
	Mono<Void> commit(String id, String owner, Commit commit);

	/**
	 * Keep a session for a time from now on.
	 * @param id id of the session
	 * @param owner the owner
	 * @param ttl the time
	 * @return completes when stored; fails with {@link FencedException} when the session
	 * is gone or has another owner
	 */
	Mono<Void> keep(String id, String owner, Duration ttl);

	/**
	 * Look a session up.
	 * @param id id of the session
	 * @return its state, or empty when there is none
	 */
	Mono<SessionState> find(String id);

	/**
	 * Returns the present owner of a session.
	 * @param id id of the session
	 * @return the owner, or empty when there is no such session
	 */
	Mono<String> owner(String id);

	/**
	 * Read one of the records that the owner has committed.
	 * @param id id of the session
	 * @param key key of the record
	 * @return the record, or empty when there is none
	 */
	Mono<Bytes> record(String id, String key);

	/**
	 * The sessions of a principal, in all pods. An opened session is found from then on;
	 * ids of sessions that have just ended may be among them.
	 * @param principal name of the principal
	 * @return ids of sessions, in no order
	 */
	Flux<String> sessions(String principal);

	/**
	 * End a session and forget it, in whichever pod it is.
	 * @param id id of the session
	 * @return completes when forgotten
	 */
	Mono<Void> end(String id);

	/**
	 * End a session and forget it, as its owner.
	 * @param id id of the session
	 * @param owner the owner
	 * @param epoch epoch of the latest attachment that the owner knows of, or 0 if the
	 * session is to end whether or not it was attached to since then
	 * @return completes when forgotten, and when there is no such session; fails with
	 * {@link FencedException} when the session has another owner or another epoch
	 */
	Mono<Void> end(String id, String owner, long epoch);

	/**
	 * Put a message into the inbox of a session, for its owner now or later. The inbox
	 * keeps the order and is bounded.
	 * @param id id of the session
	 * @param message the message
	 * @return the present owner, which should be woken; empty when there is no such
	 * session. Fails with {@link InboxFullException} when the inbox is full
	 */
	Mono<String> push(String id, Bytes message);

	/**
	 * Read the inbox. Messages stay there after they are read, until a commit tells that
	 * they were taken.
	 * @param id id of the session
	 * @param owner the owner
	 * @param read number of the messages that the owner has read already, counted since
	 * the session was opened
	 * @return the messages behind them, in their order; fails with
	 * {@link FencedException} when the session is gone or has another owner
	 */
	Mono<Inbox> pull(String id, String owner, long read);

	/**
	 * Credentials that an agent presents to attach to a session.
	 *
	 * @param presentedHash hash of its token: the present one is valid, and the one
	 * before it until {@link SessionStore#invalidatePreviousToken}
	 * @param nextHash hash of the token that it gets
	 * @param principal name of the principal, which must be that of the session
	 * @param attempt counts the requests with the presented token, from 1: when that is
	 * the one before the present one, a request that is not later than the one that was
	 * granted is refused, since the agent has given it up; 0 if the agent does not count
	 */
	record ClaimRequest(String presentedHash, String nextHash, @Nullable String principal, long attempt) {

	}

}
