package com.example.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;

import com.example.benchmark.SoakAgent.Deed;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import reactor.core.publisher.Flux;

/**
 * Thousands of agents that call, stream, read slowly, cancel, break and vanish, in
 * rounds. After each round all of them leave, and the server has to be what it was after
 * the first one.
 */
final class Soak {

	/** Upgrades that are underway together. */
	private static final int CONNECTING = 64;

	private static final String DEFAULT_AGENTS = "2000";

	private static final String DEFAULT_SECONDS = "600";

	/** The first one warms up: code is compiled, pools are filled. */
	private static final int ROUNDS = 4;

	private Soak() {
	}

	/**
	 * Run; ends the process with status 1 if the server has grown.
	 * @throws Exception if something cannot be measured
	 */
	static void run() throws Exception {
		int agents = Integer.parseInt(text("connections", DEFAULT_AGENTS));
		List<List<Deed>> rounds = rounds();
		Duration round = Duration.ofSeconds(Long.parseLong(text("seconds", DEFAULT_SECONDS))).dividedBy(rounds.size());
		List<String> lines = new ArrayList<>(
				List.of("",
						"| | heap, MB | direct memory, MB | threads | file descriptors | connections | sessions | open "
								+ "invocations | timers | CPU so far, s |",
						"|---|---|---|---|---|---|---|---|---|---|"));
		List<SoakState> states = new ArrayList<>();
		List<String> threads = new ArrayList<>();
		try (ChildProcess server = ChildProcess.start(List.of(), List.of("-Xmx1g"), "soak-server")) {
			String uri = "ws://127.0.0.1:" + server.answer() + "/agentsocket";
			lines.add(SoakState.parse(server.ask("settled")).row("before"));
			for (int i = 0; i < rounds.size(); i++) {
				List<Deed> deeds = rounds.get(i);
				String name = (i == 0) ? "the warm-up" : "round " + i;
				AtomicLongArray counts = new AtomicLongArray(Deed.values().length);
				SoakState before = SoakState.parse(server.ask("now"));
				List<SoakAgent> all = connected(agents, uri, deeds, counts);
				SoakState open = SoakState.parse(server.ask("now"));
				lines.add(open.row("in " + name));
				Flux.fromIterable(all).flatMap((agent) -> agent.live(round), agents).blockLast();
				SoakState after = SoakState.parse(server.ask("settled"));
				states.add(after);
				lines.add(after.row("after " + name));
				threads.add("Threads after " + name + ": " + server.ask("threads"));
				System.err.printf(Locale.ROOT, "%s: %.0f us of the server's CPU for each connect, %.2f s for: %s%n",
						name, (double) (open.cpu() - before.cpu()) / agents, (after.cpu() - open.cpu()) / 1e6,
						done(counts));
			}
		}
		List<String> grown = states.get(states.size() - 1).grownSince(states.get(0));
		System.out.println(String.join("\n", lines));
		System.out.println(threads.get(0) + "\n" + threads.get(threads.size() - 1));
		System.out.println(grown.isEmpty() ? "Nothing has grown." : "Grown: " + String.join("; ", grown));
		// Threads of Reactor would keep the process alive.
		System.exit(grown.isEmpty() ? 0 : 1);
	}

	/**
	 * The rounds, each with what agents do in it: everything, what
	 * {@code bench.scenarios} names, or with {@code each} one thing a round, between two
	 * rounds with everything.
	 */
	private static List<List<Deed>> rounds() {
		List<String> names = Arrays.stream(text("scenarios", "").split(","))
			.map(String::trim)
			.filter((name) -> !name.isEmpty())
			.toList();
		if (names.equals(List.of("each"))) {
			List<List<Deed>> rounds = new ArrayList<>(List.of(Deed.mixed()));
			Deed.mixed().stream().distinct().forEach((deed) -> rounds.add(List.of(deed)));
			rounds.add(Deed.mixed());
			return rounds;
		}
		List<Deed> chosen = Arrays.stream(Deed.values()).filter((deed) -> names.contains(deed.title())).toList();
		if (chosen.size() < names.size()) {
			throw new IllegalArgumentException("Agents do nothing of the name " + names + ", but: "
					+ Arrays.stream(Deed.values()).map(Deed::title).toList());
		}
		return Collections.nCopies(ROUNDS, chosen.isEmpty() ? Deed.mixed() : chosen);
	}

	private static List<SoakAgent> connected(int count, String uri, List<Deed> deeds, AtomicLongArray counts) {
		// All share one of each: a codec is what costs most of a client.
		List<Codec> codecs = List.of(JacksonCodec.cbor(), JacksonCodec.json());
		Duration pause = Duration.ofMillis(Long.parseLong(text("pause", "2000")));
		List<SoakAgent> agents = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			agents.add(new SoakAgent(uri, codecs.get(i % codecs.size()), pause, deeds, counts));
		}
		Flux.fromIterable(agents).flatMap(SoakAgent::connect, CONNECTING).blockLast();
		return agents;
	}

	private static String done(AtomicLongArray counts) {
		return Arrays.stream(Deed.values())
			.filter((deed) -> counts.get(deed.ordinal()) > 0)
			.map((deed) -> deed.title() + " " + counts.get(deed.ordinal()))
			.collect(Collectors.joining(", "));
	}

	private static String text(String name, String otherwise) {
		String value = System.getProperty("bench." + name, "").trim();
		return value.isEmpty() ? otherwise : value;
	}

}
