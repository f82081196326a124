package com.example.benchmark;

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
	 * @param args nothing, {@code clients}, {@code interrupt}, {@code sessions},
	 * {@code slow}, {@code soak} or {@code parts}; processes of contestants have
	 * arguments of their own
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
			case "clients" -> new ClientComparison(Options.ofSystemProperties()).run();
			case "soak" -> Soak.run();
			case "soak-server" -> SoakServer.serve();
			case "slow" -> new SlowConsumers(Options.ofSystemProperties()).run();
			default -> new Comparison(Options.ofSystemProperties()).run();
		}
	}

}
