package com.example.benchmark.functions;

import java.util.List;
import java.util.stream.Stream;

import com.example.benchmark.BootServer;
import com.example.benchmark.Server;

/**
 * Pods before a {@link SimulatedPlatform}, which differ in what they do about cold
 * starts.
 */
public final class ColdPod {

	private static final String PREFIX = "agentsocket.functions.bench.";

	private static final List<String> NOTHING = List.of(PREFIX + "warm-up=false", PREFIX + "min-connections=0");

	private static final List<String> WARM = List.of(PREFIX + "warm-up=true", PREFIX + "min-connections=2");

	/** The pod expects instances for a second less than the platform keeps them. */
	private static final List<String> SLOTS = List.of(PREFIX + "instances.concurrency=1",
			PREFIX + "instances.idle=" + SimulatedPlatform.KEEP.minusSeconds(1).toSeconds() + "s");

	/** Names of the pods, in the order of the table. */
	public static final List<String> VARIANTS = List.of("nothing", "warm", "instances", "all");

	private ColdPod() {
	}

	/**
	 * Title of a pod in the table.
	 * @param variant its name
	 * @return the title
	 */
	public static String title(String variant) {
		return switch (variant) {
			case "nothing" -> "nothing";
			case "warm" -> "open connections, `warm` (the default)";
			case "instances" -> "calls wait for a warm instance";
			default -> "all three";
		};
	}

	/**
	 * Start a pod.
	 * @param variant its name
	 * @param platform where the platform listens
	 * @return the pod
	 */
	public static Server start(String variant, int platform) {
		List<String> choice = switch (variant) {
			case "nothing" -> NOTHING;
			case "warm" -> WARM;
			case "instances" -> Stream.concat(NOTHING.stream(), SLOTS.stream()).toList();
			default -> Stream.concat(WARM.stream(), SLOTS.stream()).toList();
		};
		Stream<String> common = Stream.of("agentsocket.enabled=true", "agentsocket.session.store=memory",
				PREFIX + "url=http://127.0.0.1:" + platform + "/fn", PREFIX + "actions[0].name=work",
				PREFIX + "actions[0].idempotent=true");
		return BootServer.start(Gateways.Relay.class, Stream.concat(common, choice.stream()).toArray(String[]::new));
	}

}
