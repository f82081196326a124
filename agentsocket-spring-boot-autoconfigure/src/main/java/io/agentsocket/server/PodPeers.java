package io.agentsocket.server;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * This pod among the others: which peers are here, owners and followers, and who must be
 * told when another pod dies. Thread-safe.
 */
final class PodPeers {

	private static final Log logger = PrintableLog.of(PodPeers.class);

	/** Looks in which a pod must be missing before it counts as dead. */
	private static final int LOOKS = 2;

	/** Time between two reminders of followers at least; looks are a second apart. */
	private static final Duration REMINDER = Duration.ofMillis(400);

	/** Messages that need an answer even when nobody is there. */
	private static final Set<PodMessage.Type> ASKING = EnumSet.of(PodMessage.Type.MOVED, PodMessage.Type.FRAMES,
			PodMessage.Type.STREAMS);

	private final PodLink link;

	private final Map<String, ServerSession> peers = new ConcurrentHashMap<>();

	private final Disposable.Swap messages = Disposables.swap();

	private final Disposable.Swap looks = Disposables.swap();

	private final Consumer<Bytes> commands;

	private final PodMail mail;

	/** Pods that were missing lately, and how often; confined to the looks. */
	private final Map<String, Integer> missing = new HashMap<>();

	/** When followers were reminded, in nanoseconds; confined to the looks. */
	private long reminded;

	private volatile String name;

	PodPeers(PodLink link, Consumer<Bytes> commands) {
		this.mail = new PodMail(link);
		this.link = link;
		this.name = link.pod();
		this.commands = commands;
	}

	/** Messages that are not for a session. */
	PodMail mail() {
		return this.mail;
	}

	void start() {
		this.mail.linked();
		// A message or a look that fails ends neither the others nor the link itself.
		this.messages.update(this.link.messages()
			.subscribe(
					(message) -> LoggedTask.run(logger, "A message of another pod could not be handled",
							() -> receive(message)),
					(error) -> logger.error("This pod hears no other pods any more", error)));
		this.looks.update(this.link.pods()
			.subscribe((alive) -> LoggedTask.run(logger, "A look at the other pods has failed", () -> look(alive)),
					(error) -> logger.error("This pod sees no other pods any more", error)));
	}

	/** The others learn that this pod is gone. */
	void close() {
		this.looks.dispose();
		this.messages.dispose();
	}

	/** The others were told, as far as that is possible. */
	Mono<Void> left() {
		return this.link.left();
	}

	/** A new name for a peer of this pod. */
	String newOwner() {
		return this.link.pod() + "/" + Secrets.nonce();
	}

	void add(ServerSession session) {
		this.peers.put(session.owner(), session);
	}

	void remove(ServerSession session) {
		this.peers.remove(session.owner(), session);
	}

	List<ServerSession> peers() {
		return List.copyOf(this.peers.values());
	}

	void send(PodMessage message) {
		if (message.type() == PodMessage.Type.MOVED) {
			String pod = PodMessage.podOf(message.to());
			if (this.mail.isGone(pod)) {
				// The next look may be far: whoever took part in this one is told
				// already.
				receive(new PodMessage(PodMessage.Type.ENDED, message.session(), message.from(), message.to(),
						Bytes.EMPTY));
				return;
			}
			// Its agent is here now: it may be, because the pod is not any more.
			this.link.suspect(pod);
		}
		this.link.send(PodMessage.podOf(message.to()), message)
			.subscribe(null, (error) -> logger.debug("A message to " + message.to() + " is lost", error));
	}

	void broadcast(Bytes command) {
		this.link.broadcast(new PodMessage(PodMessage.Type.COMMAND, "", "", "", command))
			.subscribe(null, (error) -> logger.warn("The other pods were not reached", error));
	}

	private void receive(PodMessage message) {
		if (message.type() == PodMessage.Type.COMMAND) {
			this.commands.accept(message.body());
			return;
		}
		if (message.type() == PodMessage.Type.MAIL) {
			this.mail.receive(message);
			return;
		}
		ServerSession session = this.peers.get(message.to());
		if (session != null) {
			session.receive(message);
		}
		else if (ASKING.contains(message.type())) {
			// Whoever is meant has left nothing behind.
			send(new PodMessage(PodMessage.Type.ENDED, message.session(), message.from(), message.to(), Bytes.EMPTY));
		}
	}

	private void look(Set<String> alive) {
		this.mail.look(alive);
		String present = this.link.pod();
		if (!present.equals(this.name)) {
			this.name = present;
			renamed(present);
			return;
		}
		Set<String> needed = new HashSet<>();
		boolean due = isDue();
		for (ServerSession session : this.peers.values()) {
			if (session.peer().otherPods().hasRunners()) {
				if (due) {
					session.peer().otherPods().woken("", Bytes.EMPTY);
					session.peer().otherPods().sendStreamList();
				}
				session.peer().otherPods().runnerNames().forEach((runner) -> needed.add(PodMessage.podOf(runner)));
			}
		}
		this.missing.keySet().retainAll(needed);
		for (String pod : needed) {
			if (alive.contains(pod)) {
				this.missing.remove(pod);
			}
			else {
				this.missing.merge(pod, 1, Integer::sum);
			}
		}
		Set<String> dead = new HashSet<>();
		this.missing.forEach((pod, count) -> {
			if (count >= LOOKS) {
				dead.add(pod);
			}
		});
		if (!dead.isEmpty()) {
			this.peers.values().forEach((session) -> session.peer().execute(() -> giveUp(session, dead)));
		}
	}

	/** Whether followers are reminded in this look: not in looks in quick succession. */
	private boolean isDue() {
		long now = System.nanoTime();
		if (this.reminded != 0 && now - this.reminded < REMINDER.toNanos()) {
			return false;
		}
		this.reminded = now;
		return true;
	}

	private static void giveUp(ServerSession session, Set<String> dead) {
		for (String runner : session.peer().otherPods().runnerNames()) {
			if (dead.contains(PodMessage.podOf(runner))) {
				session.peer().otherPods().runnerGone(runner);
			}
		}
	}

	/**
	 * The others have declared this pod dead, and it has another name now: what it ran
	 * for them was given up, and what it owns is not reached by them. It lets go of all;
	 * agents come back and take their sessions over.
	 */
	private void renamed(String present) {
		logger.error("This pod is " + present + " from now on: the others have declared it dead, because it did not"
				+ " run for longer than the pod timeout. What it ran is stopped");
		peers().stream()
			.filter((session) -> !PodMessage.podOf(session.owner()).equals(present))
			.forEach(ServerSession::release);
	}

}
