package com.example.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A figure of each contestant in each round, such as calls per second at 64 in flight.
 */
final class Figures {

	private final String key;

	private final String title;

	private final Map<String, List<Double>> rounds = new LinkedHashMap<>();

	Figures(String key, String title) {
		this.key = key;
		this.title = title;
	}

	String key() {
		return this.key;
	}

	String title() {
		return this.title;
	}

	void add(String contestant, double value) {
		this.rounds.computeIfAbsent(contestant, (added) -> new ArrayList<>()).add(value);
	}

	boolean isEmpty() {
		return this.rounds.isEmpty();
	}

	List<Double> of(String contestant) {
		return this.rounds.getOrDefault(contestant, List.of());
	}

	/** Ratios to the raw echo of the same round. */
	List<Double> ratios(String contestant) {
		List<Double> values = of(contestant);
		List<Double> base = of(Entry.BASE);
		List<Double> ratios = new ArrayList<>();
		for (int i = 0; i < Math.min(values.size(), base.size()); i++) {
			ratios.add(values.get(i) / base.get(i));
		}
		return ratios;
	}

	static double median(List<Double> values) {
		double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		int half = sorted.length / 2;
		return (sorted.length % 2 == 1) ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
	}

	static double min(List<Double> values) {
		return values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
	}

	static double max(List<Double> values) {
		return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
	}

}
