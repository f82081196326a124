package com.example.conformance.driver;

import java.util.List;

import com.example.conformance.ConformanceServer;
import com.example.conformance.run.Cases;

/**
 * Server and driver in one process, for those who change a case.
 */
public final class PlayHere {

	private PlayHere() {
	}

	/**
	 * Play cases.
	 * @param arguments id of a case or its beginning and an asterisk, and perhaps a codec
	 * @throws Exception if the server does not start
	 */
	public static void main(String[] arguments) throws Exception {
		List<Outcome> outcomes;
		try (ConformanceServer server = new ConformanceServer(Cases.locate())) {
			JavaDriver driver = new JavaDriver(String.valueOf(server.ready().get("control")), server.cases().file());
			outcomes = driver.play((arguments.length > 0) ? arguments[0] : "*",
					(arguments.length > 1) ? arguments[1] : "", System.out::println);
		}
		System.out.println(outcomes.stream().filter((one) -> one.result().equals("passed")).count() + " of "
				+ outcomes.size() + " passed");
		System.exit(outcomes.stream().anyMatch((one) -> one.result().equals("failed")) ? 1 : 0);
	}

}
