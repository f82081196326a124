package io.agentsocket.server;

import java.util.Set;
import java.util.function.Consumer;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Messages from pod to pod that the server itself does not understand. Thread-safe.
 */
@Internal
public final class PodMail {

	private static final Log logger = PrintableLog.of(PodMail.class);

	private final PodLink link;

	private volatile @Nullable Consumer<Bytes> receiver;

	private volatile Set<String> alive = Set.of();

	PodMail(PodLink link) {
		this.link = link;
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

	/** The pods that are there. */
	void look(Set<String> pods) {
		this.alive = Set.copyOf(pods);
	}

	/**
	 * Send a message.
	 * @param pod name of the pod
	 * @param message the message
	 * @return completes when handed over; a message to a dead pod is lost
	 */
	public Mono<Void> send(String pod, Bytes message) {
		return this.link.send(pod, new PodMessage(PodMessage.Type.MAIL, "", pod, this.link.pod(), message));
	}

	/**
	 * Set the receiver.
	 * @param receiving gets each message to this pod, and must not block
	 */
	public void onMessage(Consumer<Bytes> receiving) {
		this.receiver = receiving;
	}

	void receive(Bytes message) {
		Consumer<Bytes> present = this.receiver;
		if (present != null) {
			present.accept(message);
		}
		else {
			logger.debug("A message from another pod has no receiver");
		}
	}

}
