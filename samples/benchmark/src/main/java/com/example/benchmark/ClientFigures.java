package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import com.example.benchmark.Language.Wire;

/**
 * Figures of the clients, round by round, and their table.
 */
final class ClientFigures {

	/** Memory of a client, for each connection. */
	static final String IDLE = "KiB of resident memory, idle connection";

	/** Time of the processor that a client takes for each call. */
	static final String CPU = "us of the client's CPU a call, 64 in flight";

	private static final Set<String> LESS_IS_BETTER = Set.of(IDLE, CPU);

	private static final String BEGIN = "<!-- speed: begin -->";

	private static final String END = "<!-- speed: end -->";

	private final Map<String, Map<Language, Map<Wire, List<Double>>>> rounds = new LinkedHashMap<>();

	void add(Language language, Wire wire, String title, double value) {
		this.rounds.computeIfAbsent(title, (added) -> new LinkedHashMap<>())
			.computeIfAbsent(language, (added) -> new LinkedHashMap<>())
			.computeIfAbsent(wire, (added) -> new ArrayList<>())
			.add(value);
	}

	List<String> markdown(List<Language> languages, String environment) {
		List<String> lines = new ArrayList<>(List.of(environment, "",
				"| | client | Agent Socket, CBOR | Agent Socket, JSON | gRPC | MCP | to gRPC | to MCP |",
				"|---|---|---|---|---|---|---|---|"));
		this.rounds.forEach((title, of) -> {
			for (Language language : languages) {
				Map<Wire, List<Double>> values = of.getOrDefault(language, Map.of());
				StringBuilder row = new StringBuilder("| ").append(title)
					.append(" | ")
					.append(language.title())
					.append(" |");
				for (Wire wire : Wire.values()) {
					row.append(values.containsKey(wire)
							? String.format(Locale.ROOT, " %,.0f |", Figures.median(values.get(wire))) : " - |");
				}
				for (Wire peer : List.of(Wire.GRPC, Wire.MCP)) {
					row.append(' ').append(ratio(title, values, peer)).append(" |");
				}
				lines.add(row.toString());
			}
		});
		return lines;
	}

	/** Median of the ratios of the better codec to a peer, and the lowest and highest. */
	private static String ratio(String title, Map<Wire, List<Double>> values, Wire peer) {
		if (!values.keySet().containsAll(List.of(Wire.CBOR, Wire.JSON, peer))) {
			return "-";
		}
		List<Double> best = null;
		for (Wire wire : List.of(Wire.CBOR, Wire.JSON)) {
			List<Double> ratios = ratios(values.get(wire), values.get(peer));
			boolean better = best == null
					|| Figures.median(ratios) < Figures.median(best) == LESS_IS_BETTER.contains(title);
			best = better ? ratios : best;
		}
		if (best.size() == 1) {
			return String.format(Locale.ROOT, "%.2f", Figures.median(best));
		}
		return String.format(Locale.ROOT, "%.2f (%.2f-%.2f)", Figures.median(best), Figures.min(best),
				Figures.max(best));
	}

	private static List<Double> ratios(List<Double> values, List<Double> base) {
		List<Double> ratios = new ArrayList<>();
		for (int i = 0; i < Math.min(values.size(), base.size()); i++) {
			ratios.add(values.get(i) / base.get(i));
		}
		return ratios;
	}

	/**
	 * Put a table between the marks of a document.
	 * @param document the document
	 * @param table its lines
	 */
	static void write(Path document, List<String> table) throws IOException {
		String text = Files.readString(document);
		int from = text.indexOf(BEGIN);
		int to = text.indexOf(END);
		if (from < 0 || to < from) {
			throw new IllegalStateException(document + " has no place for the table");
		}
		Files.writeString(document,
				text.substring(0, from + BEGIN.length()) + "\n" + String.join("\n", table) + "\n" + text.substring(to));
	}

}
