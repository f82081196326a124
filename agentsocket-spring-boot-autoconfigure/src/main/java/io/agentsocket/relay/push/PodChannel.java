package io.agentsocket.relay.push;

import java.util.function.Consumer;

import io.agentsocket.protocol.Bytes;
import reactor.core.publisher.Mono;

/**
 * The way from the relay of one pod to that of another one. Thread-safe and not blocking.
 */
public interface PodChannel {

	/**
	 * The name of this pod.
	 * @return the name
	 */
	String pod();

	/**
	 * Whether another pod is there.
	 * @param pod name of the pod
	 * @return {@code false} when it is certainly gone
	 */
	boolean isAlive(String pod);

	/**
	 * Whether another pod was there and has died.
	 * @param pod name of the pod
	 * @return {@code false} also for a pod that was never seen
	 */
	boolean isGone(String pod);

	/**
	 * Send a message.
	 * @param pod name of the pod
	 * @param message the message
	 * @return completes when handed over; whether it arrives is not told
	 */
	Mono<Void> send(String pod, Bytes message);

	/**
	 * Set the receiver of messages to this pod.
	 * @param receiver must not block
	 */
	void onMessage(Consumer<Bytes> receiver);

}
