package com.example.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Settings of the sample.
 *
 * @param seconds how long
 * @param every time between two strokes, on average
 * @param pause how long a pod or Redis stands still, zero for a random time
 * @param settle how long to wait at the end for what is still open
 * @param pods number of pods
 * @param agents number of agents
 * @param light whether agents do one small thing at a time, with pauses
 * @param spread time over which the agents of a pod that leaves spread their reconnects
 * @param forget how long the balancer goes on sending to a pod that leaves
 * @param seed of what goes wrong, and when
 * @param patterns what goes wrong
 * @param balancer address of a balancer that is there already, or empty
 * @param ports where the pods listen, as the given balancer knows them, or empty
 * @param live whether to redraw the screen
 * @param podArguments further arguments of the pods
 */
record Options(Duration seconds, Duration every, Duration pause, Duration settle, int pods, int agents, boolean light,
		Duration spread, Duration forget, long seed, Set<Pattern> patterns, String balancer, List<Integer> ports,
		boolean live, List<String> podArguments) {

	static final String USAGE = """
			Options:
			  --seconds=60        how long
			  --every=4           seconds between two strokes, on average
			  --pause=3           seconds for which a pod stands still, 1 to 5 by default
			  --settle=40         seconds to wait at the end for what is still open
			  --pods=3            number of pods
			  --agents=50         number of agents
			  --light             agents do one small thing at a time, with pauses: for thousands of them
			  --spread=0.5        (5 with --light) seconds over which the agents of a pod that leaves come back
			  --forget=0          seconds for which the balancer goes on sending to a pod that leaves
			  --seed=N            of what goes wrong, and when; random by default
			  --patterns=kill     what goes wrong, any of kill,two,pause,redis,cut,rolling, or all
			  --durability=strict or relaxed
			  --balancer=H:P      a balancer of your own in place of the built-in one
			  --ports=N,N,N       where the pods listen, as that balancer knows them
			  --plain, --live     lines or a screen; by default a screen on a terminal
			  --pod.KEY=VALUE     a property of the pods
			""";

	static Options parse(String... arguments) {
		Duration seconds = Duration.ofSeconds(60);
		Duration every = Duration.ofSeconds(4);
		Duration pause = Duration.ZERO;
		Duration settle = Duration.ofSeconds(40);
		int pods = 3;
		int agents = 50;
		boolean light = false;
		Duration spread = null;
		Duration forget = Duration.ZERO;
		long seed = new Random().nextInt(1_000_000);
		Set<Pattern> patterns = EnumSet.of(Pattern.KILL);
		String balancer = "";
		List<Integer> ports = List.of();
		boolean live = Screen.isTerminal();
		List<String> podArguments = new ArrayList<>();
		for (String argument : arguments) {
			int equals = argument.indexOf('=');
			String name = (equals > 0) ? argument.substring(0, equals) : argument;
			String value = argument.substring(equals + 1);
			switch (name) {
				case "--seconds" -> seconds = seconds(value);
				case "--every" -> every = seconds(value);
				case "--pause" -> pause = seconds(value);
				case "--settle" -> settle = seconds(value);
				case "--pods" -> pods = Integer.parseInt(value);
				case "--agents" -> agents = Integer.parseInt(value);
				case "--light" -> light = true;
				case "--spread" -> spread = seconds(value);
				case "--forget" -> forget = seconds(value);
				case "--seed" -> seed = Long.parseLong(value);
				case "--patterns" -> patterns = patterns(value);
				case "--durability" -> podArguments.add("--agentsocket.session.durability=" + value);
				case "--balancer" -> balancer = value;
				case "--ports" -> ports = List.of(value.split(",")).stream().map(Integer::valueOf).toList();
				case "--plain" -> live = false;
				case "--live" -> live = true;
				default -> {
					if (!name.startsWith("--pod.")) {
						throw new IllegalArgumentException("Unknown option " + argument + "\n" + USAGE);
					}
					podArguments.add("--" + argument.substring("--pod.".length()));
				}
			}
		}
		if (!ports.isEmpty()) {
			pods = ports.size();
		}
		if (pods < 1 || agents < 1 || balancer.isEmpty() != ports.isEmpty()) {
			throw new IllegalArgumentException(USAGE);
		}
		if (spread == null) {
			spread = light ? Duration.ofSeconds(5) : Duration.ofMillis(500);
		}
		podArguments.add("--agentsocket.server.drain-spread=" + spread.toMillis() + "ms");
		if (light) {
			// Defaults of an application, in place of values that show something soon.
			podArguments.addAll(0, List.of("--agentsocket.server.keep-alive=25s",
					"--agentsocket.server.keep-alive-timeout=10s", "--agentsocket.server.drain-timeout=10s"));
		}
		return new Options(seconds, every, pause, settle, pods, agents, light, spread, forget, seed, patterns, balancer,
				ports, live, podArguments);
	}

	private static Duration seconds(String value) {
		return Duration.ofMillis((long) (Double.parseDouble(value) * 1000));
	}

	private static Set<Pattern> patterns(String value) {
		if (value.equals("all")) {
			return EnumSet.allOf(Pattern.class);
		}
		Set<Pattern> patterns = EnumSet.noneOf(Pattern.class);
		for (String pattern : value.split(",")) {
			patterns.add(Pattern.valueOf(pattern.toUpperCase(Locale.ROOT)));
		}
		return patterns;
	}

}
