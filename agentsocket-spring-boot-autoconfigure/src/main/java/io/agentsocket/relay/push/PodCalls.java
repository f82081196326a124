package io.agentsocket.relay.push;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * Requests from the relay of one pod to that of another one, each answered with a status
 * of HTTP. Thread-safe and not blocking.
 */
public final class PodCalls {

	static final int UNAVAILABLE = 503;

	private static final Log logger = PrintableLog.of(PodCalls.class);

	/** How long another pod may take to answer. */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	private final PodChannel channel;

	private final Codec json;

	private final Scheduler timer;

	private final Function<Map<String, Object>, Mono<Integer>> receiver;

	/** Requests that other pods have not answered yet. */
	private final Map<String, MonoSink<Integer>> asked = new ConcurrentHashMap<>();

	/**
	 * Create calls.
	 * @param receiver answers the requests of other pods
	 */
	public PodCalls(PodChannel channel, Codec json, Scheduler timer,
			Function<Map<String, Object>, Mono<Integer>> receiver) {
		this.channel = channel;
		this.json = json;
		this.timer = timer;
		this.receiver = receiver;
		channel.onMessage(this::receive);
	}

	/** The way to the other pods. */
	PodChannel channel() {
		return this.channel;
	}

	/** The name of this pod. */
	public String pod() {
		return this.channel.pod();
	}

	/** Whether a pod is there, as far as this pod knows. */
	public boolean isAlive(String pod) {
		return pod.equals(this.channel.pod()) || this.channel.isAlive(pod);
	}

	/**
	 * Ask another pod.
	 * @param request the request; the members {@code id} and {@code from} are added
	 * @return the status; 503 when no answer comes in time
	 */
	public Mono<Integer> ask(String pod, Map<String, Object> request) {
		String id = UUID.randomUUID().toString();
		Map<String, Object> message = new LinkedHashMap<>(request);
		message.put("id", id);
		message.put("from", this.channel.pod());
		return Mono.<Integer>create((sink) -> {
			this.asked.put(id, sink);
			sink.onDispose(() -> this.asked.remove(id));
			sink.onCancel(this.channel.send(pod, this.json.encodeMap(message)).subscribe(null, sink::error));
		}).timeout(PATIENCE, Mono.just(UNAVAILABLE), this.timer).onErrorReturn(UNAVAILABLE);
	}

	/** A request of another pod, or the answer to one of this pod. */
	private void receive(Bytes message) {
		try {
			Map<String, Object> map = this.json.decodeMap(message);
			String id = String.valueOf(map.get("id"));
			if (map.get("status") instanceof Number status) {
				MonoSink<Integer> sink = this.asked.get(id);
				if (sink != null) {
					sink.success(status.intValue());
				}
				return;
			}
			String from = String.valueOf(map.get("from"));
			this.receiver.apply(map)
				.timeout(PATIENCE, Mono.just(UNAVAILABLE), this.timer)
				.onErrorReturn(UNAVAILABLE)
				.flatMap((status) -> this.channel.send(from, this.json.encodeMap(Map.of("id", id, "status", status))))
				.subscribe(null, (error) -> logger.debug("The answer to a push did not reach " + from, error));
		}
		catch (RuntimeException ex) {
			logger.warn("A message of another relay cannot be read", ex);
		}
	}

}
