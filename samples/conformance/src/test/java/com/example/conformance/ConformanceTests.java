package com.example.conformance;

import java.util.List;

import com.example.conformance.driver.JavaDriver;
import com.example.conformance.driver.Outcome;
import com.example.conformance.run.Cases;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every client that this machine can run passes all cases.
 */
class ConformanceTests {

	private static ConformanceServer server;

	@BeforeAll
	static void start() throws Exception {
		server = new ConformanceServer(Cases.locate());
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void javaClientPassesAllCases() {
		List<Outcome> outcomes = new JavaDriver(String.valueOf(server.ready().get("control")), server.cases().file())
			.play("*", "");
		assertThat(outcomes).isNotEmpty().noneMatch((outcome) -> outcome.result().equals("failed"));
	}

}
