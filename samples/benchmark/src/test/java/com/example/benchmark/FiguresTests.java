package com.example.benchmark;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Contestants are compared round by round.
 */
class FiguresTests {

	@Test
	void comparesWithTheRawEchoOfTheSameRound() {
		Figures figures = new Figures("calls", "Calls");
		figures.add(Entry.BASE, 100);
		figures.add("other", 50);
		figures.add(Entry.BASE, 10);
		figures.add("other", 20);
		assertThat(figures.ratios("other")).containsExactly(0.5, 2.0);
		assertThat(figures.ratios("absent")).isEmpty();
	}

	@Test
	void medianOfAnEvenNumberIsBetween() {
		assertThat(Figures.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
		assertThat(Figures.median(List.of(4.0, 1.0, 3.0))).isEqualTo(3.0);
	}

}
