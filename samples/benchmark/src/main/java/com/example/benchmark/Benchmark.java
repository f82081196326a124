package com.example.benchmark;

import java.time.Duration;

import com.example.benchmark.coldstart.ColdStart;
import com.example.benchmark.parts.Parts;

/**
 * Compares Agent Socket with its peers and prints a table. With the argument
 * {@code interrupt} it measures how fast an INTERRUPT reaches the work instead.
 */
public final class Benchmark {

	private Benchmark() {
	}

	/**
	 * Run.
	 * @param args nothing, or a mode; processes of contestants have arguments of their
	 * own
	 * @throws Exception if something cannot be measured
	 */
	public static void main(String[] args) throws Exception {
		String mode = (args.length > 0) ? args[0] : System.getProperty("bench.mode", "");
		switch (mode) {
			case "server" -> Child.serve(args[1]);
			case "client" -> Child.drive(args[1], Integer.parseInt(args[2]));
			case "spin" -> Child.spin();
			case "interrupt" -> InterruptLatency.main();
			case "sessions" -> SessionCost.run();
			case "parts" -> Parts.run(System.getProperty("bench.parts", ""));
			case "cold-start" -> ColdStart.run();
			case "clients" -> new ClientComparison(Options.ofSystemProperties()).run();
			case "functions" -> new FunctionComparison(Options.ofSystemProperties()).run();
			case "functions-server" -> FunctionChild.serve(args[1], Integer.parseInt(args[2]));
			case "functions-client" -> FunctionChild.drive(args[1], Integer.parseInt(args[2]));
			case "cold" -> new ColdStarts(ColdStarts.Plan.ofSystemProperties()).run();
			case "cold-platform" -> FunctionChild.platform(Long.parseLong(args[1]));
			case "cold-pod" -> FunctionChild.coldPod(args[1], Integer.parseInt(args[2]));
			case "soak" -> Soak.run();
			case "soak-server" -> SoakServer.serve();
			case "slow-streams" -> slowStreams();
			case "idle-sessions" -> IdleSessions.run(Options.ofSystemProperties());
			case "names" -> FieldNames.run();
			case "slow" -> new SlowConsumers(Options.ofSystemProperties()).run();
			default -> compare();
		}
	}

	private static void compare() throws Exception {
		Options options = Options.ofSystemProperties();
		new Comparison(options).run();
		if (options.isWhole() && options.scenarios().isEmpty()) {
			new SlowStreams(options, Duration.ofSeconds(4), Duration.ofSeconds(6), 1).run();
		}
	}

	private static void slowStreams() throws Exception {
		Options options = Options.ofSystemProperties();
		new SlowStreams(options, Duration.ofSeconds(Options.number("warmup", 15)), Options.seconds("60"),
				Options.number("rounds", 1))
			.run();
	}

}
