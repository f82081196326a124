package com.example.cluster;

import java.io.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import com.example.cluster.Breakage.Kind;

/**
 * Shows what goes on: a picture that is drawn anew on a terminal, lines elsewhere.
 */
final class Screen {

	private static final String UP = "\033[%dA";

	private static final String CLEAR_LINE = "\033[2K";

	private final Cluster cluster;

	private final Options options;

	private int drawn;

	private Rates before = new Rates(0, 0, 0);

	private Rates rates = this.before;

	Screen(Cluster cluster, Options options) {
		this.cluster = cluster;
		this.options = options;
	}

	static boolean isTerminal() {
		Console console = System.console();
		if (console == null || "dumb".equals(System.getenv("TERM"))) {
			return false;
		}
		try {
			// From JDK 22 on there is a console without a terminal, too.
			return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
		}
		catch (ReflectiveOperationException ex) {
			return true;
		}
	}

	synchronized void stroke(String stroke) {
		if (!this.options.live()) {
			print("%s  %s", clock(this.cluster.elapsed()), stroke);
		}
	}

	synchronized void tick() {
		Score score = this.cluster.score();
		Rates now = new Rates(System.nanoTime(), score.calls.sum(), score.items.sum());
		this.rates = now.since(this.before);
		this.before = now;
		if (this.options.live()) {
			draw(picture());
		}
		else {
			print("%s  connected %d  calls %,d (%,d/s)  items %,d (%,d/s)  resumes %,d  signals %s  lost %d  duplicates %d",
					clock(this.cluster.elapsed()), this.cluster.connected(), score.calls.sum(), this.rates.calls(),
					score.items.sum(), this.rates.items(), score.resumes.sum(), score.signals(), score.lost.sum(),
					score.duplicates.sum());
		}
	}

	private List<String> picture() {
		Score score = this.cluster.score();
		List<String> lines = new ArrayList<>();
		lines.add(line("Agent Socket cluster   %s of %s   seed %d   %s", clock(this.cluster.elapsed()),
				clock(this.options.seconds()), this.options.seed(), this.cluster.redis()));
		lines.add("");
		for (PodSlot slot : this.cluster.slots()) {
			PodProcess pod = slot.pod();
			String state = pod.isPaused() ? "stands still" : pod.isReady() ? "up" : "starting";
			lines.add(line("  %-10s %-13s %3d connections", pod.name(), state, this.cluster.connections(slot)));
		}
		lines.add("");
		lines.add(line("  last        %s", this.cluster.lastStroke()));
		lines.add(line("  sessions    %d, connected %d, resumes %,d, resets %,d", this.cluster.sessions(),
				this.cluster.connected(), score.resumes.sum(), score.resets.sum()));
		lines.add(line("  calls       %,d (%,d/s), questions %,d", score.calls.sum(), this.rates.calls(),
				score.questions.sum()));
		lines.add(line("  streamed    %,d (%,d/s) down, %,d up, %,d events", score.items.sum(), this.rates.items(),
				score.uploaded.sum(), score.events.sum()));
		lines.add(line("  signals     %s", signals(score)));
		for (Kind kind : Kind.values()) {
			if (score.recoveries(kind).count() > 0) {
				lines.add(line("  %s  %s", recovery(kind), score.recoveries(kind)));
			}
		}
		lines.add("");
		lines.add(line("  lost = %d   duplicates = %d   wrong = %d", score.lost.sum(), score.duplicates.sum(),
				score.wrong.sum()));
		return lines;
	}

	private void draw(List<String> lines) {
		StringBuilder text = new StringBuilder();
		if (this.drawn > 0) {
			text.append(String.format(Locale.ROOT, UP, this.drawn));
		}
		for (String line : lines) {
			text.append(CLEAR_LINE).append(line).append('\n');
		}
		this.drawn = lines.size();
		System.out.print(text);
		System.out.flush();
	}

	synchronized void summary(Score score) {
		if (this.options.live()) {
			draw(picture());
		}
		print("");
		print("After %s with seed %d and %s", clock(this.options.seconds()), this.options.seed(),
				this.options.patterns().toString().toLowerCase(Locale.ROOT));
		print("  connections %,d, of these resumed %,d, reset %,d", score.connects.sum(), score.resumes.sum(),
				score.resets.sum());
		print("  calls %,d, streams %,d with %,d items, uploaded %,d, questions %,d, events %,d", score.calls.sum(),
				score.streams.sum(), score.items.sum(), score.uploaded.sum(), score.questions.sum(),
				score.events.sum());
		print("  all %,d agents were connected after %,d ms", this.options.agents(),
				this.cluster.connectTime().toMillis());
		for (Kind kind : Kind.values()) {
			if (score.recoveries(kind).count() > 0) {
				print("  %s  %s", recovery(kind), score.recoveries(kind));
			}
		}
		Times moves = score.recoveries(Kind.LEAVE);
		if (moves.count() > 0) {
			long bound = this.options.spread().toMillis() + 2_000;
			print("  99%% of those that had to move: %,d ms, spread + 2 s is %,d ms: %s", moves.quantile(0.99), bound,
					(moves.quantile(0.99) < bound) ? "kept" : "not kept");
			print("  pods left within  %s", score.leaves());
		}
		for (Map.Entry<String, Long> signal : score.signals().entrySet()) {
			print("  signal %s %,d, such as %s", signal.getKey(), signal.getValue(),
					score.signalExample(signal.getKey()));
		}
		if (this.options.patterns().equals(EnumSet.of(Pattern.PAUSE))) {
			print("  calls that pauses have cost = %,d", score.failures.sum());
		}
		if (score.crashes.get() > 0) {
			print("  pods that ended by themselves: %d, see %s", score.crashes.get(), this.cluster.logs());
		}
		score.problems().forEach((problem) -> print("  ! %s", problem));
		print("  lost = %d   duplicates = %d   wrong = %d", score.lost.sum(), score.duplicates.sum(),
				score.wrong.sum());
	}

	void print(String format, Object... values) {
		System.out.println(line(format, values));
	}

	private static String line(String format, Object... values) {
		return String.format(Locale.ROOT, format, values);
	}

	private static String signals(Score score) {
		String signals = score.signals()
			.entrySet()
			.stream()
			.map((signal) -> signal.getKey() + " " + signal.getValue())
			.collect(Collectors.joining(", "));
		return signals.isEmpty() ? "none" : signals;
	}

	private static String recovery(Kind kind) {
		return switch (kind) {
			case DEATH -> "death to first frame";
			case OUTAGE -> "death of the only pod";
			case LEAVE -> "goodbye to first frame";
			case CUT -> "cut to first frame  ";
		};
	}

	private static String clock(Duration time) {
		return line("%02d:%02d", time.toMinutes(), time.toSecondsPart());
	}

	private record Rates(long at, long calls, long items) {

		Rates since(Rates before) {
			double seconds = Math.max(0.001, (this.at - before.at) / 1e9);
			return new Rates(this.at, (long) ((this.calls - before.calls) / seconds),
					(long) ((this.items - before.items) / seconds));
		}

	}

}
