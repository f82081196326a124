package io.agentsocket.connection.takeover;

import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;

import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.StoredSession;

/**
 * The session of a peer in the other pods: the messages of other peers come in here, and
 * the pod asks here which of them it has to look after. A method that concerns one role
 * does nothing in the others, see {@link Ownership}.
 *
 * <p>
 * Methods may be called from any thread and return at once, those that say so excepted;
 * their work is done in the peer's loop. Implements section 11 of {@code
 * docs/protocol.md} where pods share a store.
 */
public final class OtherPods {

	private final Ownership ownership;

	private final PeerLoop loop;

	private final SendQueue sendQueue;

	/**
	 * Serve a peer.
	 * @param ownership the role of the peer
	 * @param loop the peer's loop
	 * @param sendQueue knows the limits of the other side
	 */
	public OtherPods(Ownership ownership, PeerLoop loop, SendQueue sendQueue) {
		this.ownership = ownership;
		this.loop = loop;
		this.sendQueue = sendQueue;
	}

	/**
	 * Own a session that another peer has owned before. Streams that were open go on
	 * where they run. Called before the first connection is attached.
	 * @param stored the state that its owners have committed
	 */
	public void restore(StoredSession stored) {
		this.loop.execute(() -> {
			if (!(this.ownership.role() instanceof RecordedOwner owner)) {
				throw new IllegalStateException("There is no storage");
			}
			owner.restore(stored);
		});
	}

	/**
	 * Begin as a follower: this peer reaches the session through its owner. A peer that
	 * is a follower already takes note of the limits.
	 * @param remote limits of the other side
	 */
	public void follow(Limits remote) {
		this.loop.execute(() -> {
			this.sendQueue.setDeclared(remote);
			this.ownership.follow(Long.MAX_VALUE);
		});
	}

	/**
	 * The peers of the session at which streams run, beside this one.
	 * @return their names as of the end of the latest turn
	 */
	public Set<String> runnerNames() {
		return this.ownership.role().runnerNames();
	}

	/** Whether streams of the session run at other peers. */
	public boolean hasRunners() {
		return !this.ownership.role().runnerNames().isEmpty();
	}

	/**
	 * Tell those who owned the session, and those at which streams of it run, who owns it
	 * now. They are told until they are heard, or found to be gone.
	 * @param previousOwners names of owners before this one
	 */
	public void tellMoved(Collection<String> previousOwners) {
		whenOwner((owner) -> {
			Set<String> names = owner.runners().names();
			names.addAll(previousOwners);
			owner.runners().tellMoved(names);
		});
	}

	/**
	 * The session has another owner: calls that run here go on, at a follower. Model:
	 * handshake.pml, step moved.
	 * @param epoch epoch of the session, 0 when it is gone; the maximum when it is not
	 * known
	 */
	public void moved(long epoch) {
		this.loop.execute(() -> this.ownership.role().moved(epoch));
	}

	/**
	 * Tell the followers which streams run there, as the owner. They answer LOST for a
	 * stream that they do not know.
	 */
	public void sendStreamList() {
		whenOwner((owner) -> owner.runners().sendStreamList());
	}

	/**
	 * The owner of the session says which streams run here. Model: calls.pml, step
	 * streams; frames.pml, step streams.
	 * @param body their ids
	 */
	public void reconcileStreams(Bytes body) {
		this.loop.execute(() -> this.ownership.role().reconcileStreams(body));
	}

	/**
	 * Another peer says that there is something in the inbox.
	 * @param from its name, or empty to have a look
	 * @param body its message
	 */
	public void woken(String from, Bytes body) {
		whenOwner((owner) -> owner.runners().woken(from, body));
	}

	/**
	 * The owner of the session has frames for this follower.
	 * @param from the owner
	 * @param body frames
	 */
	public void framesFromOwner(String from, Bytes body) {
		this.loop.execute(() -> this.ownership.role().framesFromOwner(from, body));
	}

	/**
	 * The owner of the session has taken messages of this follower.
	 * @param body which ones
	 */
	public void taken(Bytes body) {
		this.loop.execute(() -> this.ownership.role().taken(body));
	}

	/**
	 * A peer at which streams run is gone. Calls that may run again run here, the others
	 * are LOST.
	 * @param runner name of the peer
	 */
	public void runnerGone(String runner) {
		whenOwner((owner) -> owner.runners().giveUp(runner));
	}

	/**
	 * Keep a record for the next owner of the session.
	 * @param key begins with {@code x}
	 * @param value the value
	 */
	public void record(String key, Bytes value) {
		whenOwner((owner) -> owner.commits().put(key, () -> value));
	}

	/**
	 * Remove a record.
	 * @param key begins with {@code x}
	 */
	public void forget(String key) {
		whenOwner((owner) -> owner.commits().remove(key));
	}

	/**
	 * Set the peers of the session that have actions: the owner watches them beside those
	 * at which streams run.
	 * @param names their names, in place of those before
	 */
	public void watch(Set<String> names) {
		whenOwner((owner) -> owner.runners().watch(names));
	}

	/**
	 * Announce an action to the other side through the owner of the session, as a
	 * follower.
	 * @param name name of the action
	 * @param descriptor its descriptor in the codec of the session; empty to withdraw it
	 */
	public void announce(String name, Bytes descriptor) {
		this.loop.execute(() -> this.ownership.role().announce(new Frame.Define(0, name, Bytes.EMPTY, descriptor)));
	}

	/**
	 * Ask the owner of the session to end it, as a follower.
	 */
	public void requestEnd() {
		this.loop.execute(() -> this.ownership.role().requestEnd());
	}

	/** Let the store forget the frames that the other side has acknowledged meanwhile. */
	public void trim() {
		whenOwner((owner) -> owner.commits().trim());
	}

	private void whenOwner(Consumer<RecordedOwner> task) {
		this.loop.execute(() -> {
			if (this.ownership.role() instanceof RecordedOwner owner) {
				task.accept(owner);
			}
		});
	}

}
