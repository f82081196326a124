package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table and the file of a comparison.
 */
final class Report {

	private final String java;

	private final Options options;

	private final Cores cores;

	private final List<Entry> entries;

	private final List<Figures> figures;

	Report(String java, Options options, Cores cores, List<Entry> entries, List<Figures> figures) {
		this.java = java;
		this.options = options;
		this.cores = cores;
		this.entries = entries;
		this.figures = figures;
	}

	/** Throughput as ratios to the raw echo, everything else as it is. */
	private static boolean isRatio(Figures figures) {
		return !figures.title().endsWith(", us") && !figures.title().endsWith(", KB")
				&& !figures.title().startsWith("bytes");
	}

	String markdown() {
		List<String> lines = new ArrayList<>();
		lines.add("");
		lines.add(environment());
		lines.add("");
		addTable(lines, this.figures.stream().filter((column) -> !Scenario.isLarge(column.key())).toList());
		lines.add("");
		addTable(lines, this.figures.stream().filter((column) -> Scenario.isLarge(column.key())).toList());
		return String.join("\n", lines) + "\n";
	}

	/** Leaves out contestants that have no figure in any column. */
	private void addTable(List<String> lines, List<Figures> columns) {
		if (columns.isEmpty()) {
			return;
		}
		StringBuilder head = new StringBuilder("| |");
		StringBuilder line = new StringBuilder("|---|");
		for (Figures column : columns) {
			head.append(' ').append(column.title()).append(" |");
			line.append("---|");
		}
		lines.add(head.toString());
		lines.add(line.toString());
		for (Entry entry : this.entries) {
			if (columns.stream().allMatch((column) -> column.of(entry.key()).isEmpty())) {
				continue;
			}
			StringBuilder row = new StringBuilder("| ").append(entry.title()).append(" |");
			for (Figures column : columns) {
				row.append(' ').append(cell(column, entry.key())).append(" |");
			}
			lines.add(row.toString());
		}
	}

	private static String cell(Figures figures, String contestant) {
		List<Double> values = isRatio(figures) ? figures.ratios(contestant) : figures.of(contestant);
		if (values.isEmpty()) {
			return "-";
		}
		if (isRatio(figures) && contestant.equals(Entry.BASE)) {
			return String.format(Locale.ROOT, "1.00 (%,.0f/s)", Figures.median(figures.of(contestant)));
		}
		String format = isRatio(figures) ? "%.2f" : (Figures.median(values) >= 100) ? "%.0f" : "%.1f";
		String median = String.format(Locale.ROOT, format, Figures.median(values));
		if (values.size() == 1) {
			return median;
		}
		return median + " (" + String.format(Locale.ROOT, format, Figures.min(values)) + "-"
				+ String.format(Locale.ROOT, format, Figures.max(values)) + ")";
	}

	private String environment() {
		return String.format(Locale.ROOT, "Java %s (%s), %s %s, %d cores; %s; medians of %d rounds of %.1f s (range).",
				this.java, System.getProperty("java.vm.name"), System.getProperty("os.name"),
				System.getProperty("os.arch"), Runtime.getRuntime().availableProcessors(), this.cores.describe(),
				this.options.rounds(), this.options.round().toMillis() / 1000.0);
	}

	/**
	 * Write everything that was measured.
	 * @return the file
	 */
	Path write() throws IOException {
		Map<String, Object> all = new LinkedHashMap<>();
		all.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
		all.put("environment", environment());
		Map<String, Object> measured = new LinkedHashMap<>();
		for (Figures column : this.figures) {
			Map<String, Object> contestants = new LinkedHashMap<>();
			for (Entry entry : this.entries) {
				List<Double> values = column.of(entry.key());
				if (!values.isEmpty()) {
					Map<String, Object> of = new LinkedHashMap<>();
					of.put("rounds", values);
					of.put("median", Figures.median(values));
					List<Double> ratios = column.ratios(entry.key());
					if (!ratios.isEmpty()) {
						of.put("ratio", Figures.median(ratios));
						of.put("ratioMin", Figures.min(ratios));
						of.put("ratioMax", Figures.max(ratios));
					}
					contestants.put(entry.key(), of);
				}
			}
			measured.put(column.key(), Map.of("title", column.title(), "contestants", contestants));
		}
		all.put("figures", measured);
		Path file = Path.of(System.getProperty("bench.output", "target/benchmark.json"));
		if (file.getParent() != null) {
			Files.createDirectories(file.getParent());
		}
		JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
		Files.writeString(file, mapper.writeValueAsString(all));
		return file.toAbsolutePath();
	}

}
