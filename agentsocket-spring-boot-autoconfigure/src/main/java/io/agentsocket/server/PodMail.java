package io.agentsocket.server;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Messages from pod to pod that the server itself does not understand, each from a part
 * of one application to the same part of another one. Thread-safe.
 */
@Internal
public final class PodMail {

	/**
	 * The parts of an application that have mail.
	 */
	public enum Part {

		/** The relay of functions. */
		RELAY("relay"),

		/** The endpoint of MCP. */
		MCP("mcp");

		private final String address;

		Part(String address) {
			this.address = address;
		}

	}

	private static final Log logger = PrintableLog.of(PodMail.class);

	/** Names of dead pods that are remembered: as many as a day of deployments has. */
	private static final int MAX_GONE = 256;

	private final PodLink link;

	private final Map<String, BiConsumer<String, Bytes>> receivers = new ConcurrentHashMap<>();

	private final List<Consumer<Set<String>>> watchers = new CopyOnWriteArrayList<>();

	private final List<BooleanSupplier> works = new CopyOnWriteArrayList<>();

	/** Pods that were there once and are not any more; guarded by itself. */
	private final Set<String> gone = new LinkedHashSet<>();

	private volatile Set<String> alive = Set.of();

	private volatile boolean linked;

	PodMail(PodLink link) {
		this.link = link;
	}

	/** Messages come and go from now on. */
	void linked() {
		this.linked = true;
	}

	/**
	 * Whether there can be other pods.
	 * @return {@code false} when sessions are in the memory of this pod
	 */
	public boolean isLinked() {
		return this.linked;
	}

	/**
	 * The name of this pod.
	 * @return the present name
	 */
	public String pod() {
		return this.link.pod();
	}

	/**
	 * Whether a pod is there.
	 * @param pod name of the pod
	 * @return {@code false} when it was missing at the latest look
	 */
	public boolean isAlive(String pod) {
		Set<String> known = this.alive;
		return known.isEmpty() || known.contains(pod);
	}

	/**
	 * Whether a pod was there and is dead: it never comes back under this name.
	 * @param pod name of the pod
	 * @return {@code false} also for one that was never seen
	 */
	public boolean isGone(String pod) {
		synchronized (this.gone) {
			return this.gone.contains(pod);
		}
	}

	/**
	 * A pod does not answer: whether it has died is found out sooner then.
	 * @param pod name of the pod
	 */
	public void suspect(String pod) {
		if (this.alive.contains(pod)) {
			this.link.suspect(pod);
		}
	}

	/**
	 * Hear of the pods that are there.
	 * @param watcher gets their names about every second, and must not block
	 * @return ends it
	 */
	public Disposable onLook(Consumer<Set<String>> watcher) {
		this.watchers.add(watcher);
		return () -> this.watchers.remove(watcher);
	}

	/**
	 * Let a pod that leaves wait, at most for its drain timeout: other pods wait for what
	 * a part does here, or it waits for them.
	 * @param busy whether a part has such work; called often then, and must not block
	 * @return ends it
	 */
	public Disposable onLeave(BooleanSupplier busy) {
		this.works.add(busy);
		return () -> this.works.remove(busy);
	}

	/** Whether a part does something for another pod, or waits for one. */
	boolean isBusy() {
		return this.works.stream().anyMatch(BooleanSupplier::getAsBoolean);
	}

	/** The pods that are there. */
	void look(Set<String> pods) {
		synchronized (this.gone) {
			this.alive.stream().filter((pod) -> !pods.contains(pod)).forEach(this.gone::add);
			this.gone.removeAll(pods);
			Iterator<String> oldest = this.gone.iterator();
			while (this.gone.size() > MAX_GONE) {
				oldest.next();
				oldest.remove();
			}
		}
		this.alive = Set.copyOf(pods);
		for (Consumer<Set<String>> watcher : this.watchers) {
			LoggedTask.run(logger, "A part of the application has failed to hear which pods are there",
					() -> watcher.accept(pods));
		}
	}

	/**
	 * Send a message.
	 * @param pod name of the pod
	 * @param part the part that sends it, and that it is for
	 * @param message the message
	 * @return completes when handed over; a message to a dead pod is lost
	 */
	public Mono<Void> send(String pod, Part part, Bytes message) {
		return this.link.send(pod, new PodMessage(PodMessage.Type.MAIL, "", pod + "/" + part.address,
				this.link.pod() + "/" + part.address, message));
	}

	/**
	 * Set the receiver of a part.
	 * @param part the part
	 * @param receiver gets the name of the sending pod and the message, and must not
	 * block
	 * @return ends it
	 * @throws IllegalStateException if the part has a receiver
	 */
	public Disposable onMessage(Part part, BiConsumer<String, Bytes> receiver) {
		if (this.receivers.putIfAbsent(part.address, receiver) != null) {
			throw new IllegalStateException("The mail of this part of the application has a receiver already");
		}
		return () -> this.receivers.remove(part.address, receiver);
	}

	void receive(PodMessage message) {
		BiConsumer<String, Bytes> receiver = this.receivers.get(PodMessage.partOf(message.to()));
		if (receiver != null) {
			receiver.accept(PodMessage.podOf(message.from()), message.body());
		}
		else {
			logger.debug("A message from another pod has no receiver");
		}
	}

}
