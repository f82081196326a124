package com.example.conformance.driver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import com.example.conformance.run.Cases;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plays the cases with {@link io.agentsocket.client.AgentSocketClient}.
 */
public final class JavaDriver {

	private final Control control;

	private final Cases cases;

	private final Path vectors;

	/**
	 * Create a driver.
	 * @param control address of the control interface
	 * @param file the cases
	 */
	public JavaDriver(String control, Path file) {
		this.control = new Control(control);
		this.cases = new Cases(file);
		this.vectors = file.resolveSibling("..").resolve("vectors").normalize();
	}

	/**
	 * Play cases from the command line.
	 * @param arguments as {@code docs/conformance.md} says: {@code --control},
	 * {@code --cases}, {@code --codec}, {@code --only}
	 */
	public static void main(String[] arguments) {
		String control = "";
		Path file = Cases.locate();
		String codec = "";
		String only = "*";
		for (int i = 0; i + 1 < arguments.length; i += 2) {
			switch (arguments[i]) {
				case "--control" -> control = arguments[i + 1];
				case "--cases" -> file = Path.of(arguments[i + 1]);
				case "--codec" -> codec = arguments[i + 1];
				case "--only" -> only = arguments[i + 1];
				default -> System.err.println("Ignored: " + arguments[i]);
			}
		}
		List<Outcome> outcomes = new JavaDriver(control, file).play(only, codec, System.out::println);
		System.exit(outcomes.stream().anyMatch((outcome) -> outcome.result().equals("failed")) ? 1 : 0);
	}

	/**
	 * Play cases.
	 * @param only id of a case, or its beginning and an asterisk
	 * @param codec the only codec, or empty for all
	 * @param report takes each line as it comes
	 * @return what became of each
	 */
	public List<Outcome> play(String only, String codec, Consumer<String> report) {
		List<Outcome> outcomes = new ArrayList<>();
		for (Map<?, ?> one : this.cases.all()) {
			String id = String.valueOf(one.get("id"));
			boolean wanted = only.endsWith("*") ? id.startsWith(only.substring(0, only.length() - 1)) : id.equals(only);
			List<?> codecs = (one.get("codecs") instanceof List<?> list) ? list : List.of("cbor", "json");
			for (Object each : codecs) {
				if (wanted && (codec.isEmpty() || codec.equals(each))) {
					Outcome outcome = play(one, id, String.valueOf(each));
					report.accept(JsonMapper.shared().writeValueAsString(outcome.line()));
					outcomes.add(outcome);
				}
			}
		}
		return outcomes;
	}

	private Outcome play(Map<?, ?> one, String id, String codec) {
		Set<String> details = new LinkedHashSet<>();
		try {
			boolean more = true;
			for (int round = 0; more; round++) {
				Map<?, ?> run = this.control.post("/runs",
						Map.of("case", id, "codec", codec, "round", round, "client", "java"));
				if (run.get("skip") != null) {
					return new Outcome(id, codec, "skipped", String.valueOf(run.get("skip")));
				}
				String failure = play(one, codec, run, round, details);
				Map<?, ?> end = this.control.post("/runs/" + run.get("run") + "/end",
						Map.of("passed", failure.isEmpty(), "detail", failure));
				if (!String.valueOf(end.get("detail")).isEmpty()) {
					details.add(String.valueOf(end.get("detail")));
				}
				if (!failure.isEmpty() || end.get("passed") != Boolean.TRUE) {
					return new Outcome(id, codec, "failed", "round " + round + ": " + failure + " " + details);
				}
				more = end.get("more") == Boolean.TRUE;
			}
			return new Outcome(id, codec, "passed", String.join("; ", details));
		}
		catch (Exception ex) {
			return new Outcome(id, codec, "failed", ex + " " + details);
		}
	}

	private String play(Map<?, ?> one, String codec, Map<?, ?> run, int round, Set<String> details) {
		String text = JsonMapper.shared()
			.writeValueAsString(one.get("steps"))
			.replace("${run}", String.valueOf(run.get("run")))
			.replace("${round}", Integer.toString(round));
		List<?> steps = JsonMapper.shared().readValue(text, List.class);
		Map<?, ?> options = (one.get("client") instanceof Map<?, ?> map) ? map : Map.of();
		Player player = new Player(this.control, String.valueOf(run.get("run")), String.valueOf(run.get("uri")), codec,
				options, this.vectors);
		int number = 0;
		try {
			for (Object step : steps) {
				number++;
				String detail = player.play((Map<?, ?>) step);
				if (!detail.isEmpty()) {
					details.add(detail);
				}
			}
			return "";
		}
		catch (StepFailed ex) {
			return "step " + number + ": " + ex.getMessage();
		}
		catch (Exception ex) {
			return "step " + number + ": " + ex;
		}
		finally {
			player.close();
		}
	}

}
