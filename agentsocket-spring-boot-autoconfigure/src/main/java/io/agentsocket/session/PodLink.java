package io.agentsocket.session;

import java.util.Set;

import io.agentsocket.annotation.Internal;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The way from pod to pod, and the list of pods that are alive. Thread-safe and not
 * blocking.
 */
@Internal
public interface PodLink {

	/**
	 * The name of this pod: another one after each start, and after it was dead.
	 * @return the name, without {@code '/'}
	 */
	String pod();

	/**
	 * Send a message to a pod. Messages from one pod to another one arrive in the order
	 * in which they were sent, each at most once; a message to a dead pod is lost.
	 * @param pod name of the pod, which may be this one
	 * @param message the message
	 * @return completes when handed over
	 */
	Mono<Void> send(String pod, PodMessage message);

	/**
	 * Send a message to all living pods, this one excluded.
	 * @param message the message
	 * @return completes when handed over
	 */
	Mono<Void> broadcast(PodMessage message);

	/**
	 * Messages for this pod. Being subscribed makes this pod alive: it sends heartbeats
	 * and reads its messages until the subscription ends, and tells the others then that
	 * it is gone.
	 * @return messages in order; for one subscriber at a time. Goes on over outages and
	 * never fails
	 */
	Flux<PodMessage> messages();

	/**
	 * The end of {@link #messages()}, which takes a moment.
	 * @return completes when the subscription has ended and the others were told, or
	 * could not be told; at once where nobody has to be told
	 */
	default Mono<Void> left() {
		return Mono.empty();
	}

	/**
	 * A pod may have died: its agents come here, or it does not answer. A link that can
	 * tell a dead pod from a silent one looks closely for a moment, and {@link #pods()}
	 * tells sooner then. Cheap: may be called for each message.
	 * @param pod name of the pod
	 */
	default void suspect(String pod) {
	}

	/**
	 * The pods that are alive. A pod is dead when it sent no heartbeat for the pod
	 * timeout, or when its process is known to have ended; a dead one never comes back
	 * under the same name.
	 * @return the names, this pod included, about every second while {@link #messages()}
	 * is subscribed to and the pods can be told
	 */
	Flux<Set<String>> pods();

}
