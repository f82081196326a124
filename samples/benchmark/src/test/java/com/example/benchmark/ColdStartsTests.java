package com.example.benchmark;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents come as the seed says, and meet cold starts.
 */
class ColdStartsTests {

	@Test
	void seedSaysWhoComesWhen() {
		ColdStarts.Plan plan = new ColdStarts.Plan(200, 2, 7);
		List<ColdStarts.Agent> agents = plan.draw();
		assertThat(agents).hasSize(200).isEqualTo(plan.draw());
		assertThat(agents.get(199).comes().toSeconds()).as("two a second").isBetween(70L, 140L);
		assertThat(new ColdStarts.Plan(200, 2, 8).draw()).isNotEqualTo(agents);
	}

	@Test
	@EnabledIfEnvironmentVariable(named = "CI", matches = ".+", disabledReason = "Takes twenty seconds of a core")
	void firstCallsMeetColdStartsWhenNothingIsDoneAboutIt() throws InterruptedException {
		Map<String, ColdStarts.Seen> seen = new ColdStarts(new ColdStarts.Plan(3, 5, 42)).measure(List.of("nothing"));
		assertThat(seen.get("nothing").calls()).isEqualTo(6);
		assertThat(seen.get("nothing").slowFirst()).isPositive();
	}

}
