package com.example.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.example.conformance.driver.Outcome;

/**
 * The table of {@code docs/clients.md}: how many cases of each group a client passes, in
 * both codecs together.
 */
final class ClientsTable {

	private static final String BEGIN = "<!-- table: begin -->";

	private static final String END = "<!-- table: end -->";

	private static final List<String> CLIENTS = List.of("Java", "JavaScript", "JavaScript in Chromium", "Python",
			"Rust");

	/** Cells by group and client. */
	private final Map<String, Map<String, String>> cells = new LinkedHashMap<>();

	private ClientsTable() {
	}

	/** The table as it is written. */
	static ClientsTable read(Path document) throws IOException {
		ClientsTable table = new ClientsTable();
		String text = Files.readString(document);
		String between = text.substring(text.indexOf(BEGIN) + BEGIN.length(), text.indexOf(END));
		List<List<String>> rows = between.lines()
			.filter((line) -> line.startsWith("|"))
			.map((line) -> List.of(line.substring(1, line.length() - 1).split("\\|")))
			.map((row) -> row.stream().map(String::strip).toList())
			.toList();
		for (int i = 2; i < rows.size(); i++) {
			Map<String, String> row = new LinkedHashMap<>();
			for (int column = 1; column < rows.get(i).size(); column++) {
				row.put(rows.get(0).get(column), rows.get(i).get(column));
			}
			table.cells.put(rows.get(i).get(0), row);
		}
		return table;
	}

	/** A table of one client's outcomes. */
	static ClientsTable of(String client, List<Outcome> outcomes) {
		ClientsTable table = new ClientsTable();
		Map<String, List<Outcome>> groups = outcomes.stream()
			.collect(Collectors.groupingBy((outcome) -> outcome.id().substring(0, outcome.id().indexOf('.')),
					LinkedHashMap::new, Collectors.toList()));
		groups.put("all", outcomes);
		groups.forEach((group, of) -> {
			long passed = of.stream().filter((outcome) -> outcome.result().equals("passed")).count();
			boolean skipped = of.stream().anyMatch((outcome) -> outcome.result().equals("skipped"));
			// A group of which this machine can run a part tells nothing.
			if (!skipped) {
				table.cells.put(group, new LinkedHashMap<>(Map.of(client, passed + " of " + of.size())));
			}
		});
		return table;
	}

	/** Take over what another table knows. */
	ClientsTable with(ClientsTable newer) {
		newer.cells
			.forEach((group, row) -> this.cells.computeIfAbsent(group, (name) -> new LinkedHashMap<>()).putAll(row));
		return this;
	}

	/** Only the groups of another table, in its order. */
	ClientsTable onlyGroupsOf(ClientsTable other) {
		Map<String, Map<String, String>> kept = new LinkedHashMap<>();
		other.cells.keySet().forEach((group) -> {
			Map<String, String> row = this.cells.get(group);
			if (row != null) {
				kept.put(group, row);
			}
		});
		this.cells.clear();
		this.cells.putAll(kept);
		return this;
	}

	/** The cells of another table that differ in this one. */
	List<String> differences(ClientsTable run) {
		List<String> differences = new ArrayList<>();
		run.cells.forEach((group, row) -> row.forEach((client, cell) -> {
			String written = this.cells.getOrDefault(group, Map.of()).get(client);
			if (!cell.equals(written) && !isNew(client)) {
				differences.add(group + ", " + client + ": " + cell + ", written " + written);
			}
		}));
		return differences;
	}

	/** A client that was never written down; the next run that writes does it. */
	boolean isNew(String client) {
		return this.cells.values().stream().allMatch((row) -> row.getOrDefault(client, "").isEmpty());
	}

	void write(Path document) throws IOException {
		StringBuilder text = new StringBuilder(BEGIN + "\n| cases | " + String.join(" | ", CLIENTS) + " |\n");
		text.append("|---|").append("---|".repeat(CLIENTS.size())).append("\n");
		this.cells.forEach((group, row) -> text.append("| ")
			.append(group)
			.append(" | ")
			.append(CLIENTS.stream().map((client) -> row.getOrDefault(client, "")).collect(Collectors.joining(" | ")))
			.append(" |\n"));
		String old = Files.readString(document);
		Files.writeString(document, old.substring(0, old.indexOf(BEGIN)) + text + old.substring(old.indexOf(END)));
	}

}
