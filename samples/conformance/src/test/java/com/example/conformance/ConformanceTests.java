package com.example.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

import com.example.conformance.driver.JavaDriver;
import com.example.conformance.driver.Outcome;
import com.example.conformance.foreign.Command;
import com.example.conformance.foreign.ForeignClient;
import com.example.conformance.run.Cases;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Every client that this machine can run passes all cases, and the table of the clients
 * says so. All drivers play at the same time, against one server, and the one in Java,
 * which needs no process of its own, several groups of cases.
 */
@DisabledOnOs(OS.WINDOWS)
class ConformanceTests {

	/** System property: write the table instead of comparing it. */
	private static final String WRITE = "conformance.write";

	private static final Path DOCUMENT = Path.of("..", "..", "docs", "clients.md");

	/** As many groups as the two codecs of four clients, which play together as well. */
	private static final int LANES = 4;

	private static ExecutorService threads;

	private static final String CHROMIUM = "conformance.chromium";

	/** System property: names of the other clients that play, where not all do. */
	private static final String CLIENTS = "conformance.clients";

	private static final Map<ForeignClient, CompletableFuture<Report>> FOREIGN = new EnumMap<>(ForeignClient.class);

	private static ConformanceServer server;

	private static CompletableFuture<Report> java;

	@BeforeAll
	static void start() throws Exception {
		threads = Executors.newCachedThreadPool();
		server = new ConformanceServer(Cases.locate());
		String control = String.valueOf(server.ready().get("control"));
		String redis = server.pods().missing();
		System.out.println((redis == null) ? "Tests use " + server.pods().redis() + " for clients whose pod changes"
				: "Not run: clients whose pod changes, for want of a Redis");
		Path file = server.cases().file();
		// Installed one after another, so that what is measured is not disturbed by it.
		for (ForeignClient client : ForeignClient.values()) {
			if (client == ForeignClient.CHROMIUM && !Boolean.getBoolean(CHROMIUM)) {
				System.out.println(
						"Not run: the cases in Chromium, which take as long as all others; -D" + CHROMIUM + "=true");
			}
			else if (!isWanted(client)) {
				System.out.println(
						"Not run: the cases with the " + client.title() + " client, which " + CLIENTS + " leaves out");
			}
			else if (client.missing() == null) {
				if (client == ForeignClient.CHROMIUM) {
					System.out.println("Tests use a page in Chromium for the cases of the JavaScript client");
				}
				FOREIGN.put(client, inBothCodecs((codec) -> Report.of(drive(client, control, file, codec))));
			}
		}
		JavaDriver driver = new JavaDriver(control, file);
		java = inBothCodecs((codec) -> inLanes((group) -> new Report(driver.play(group, codec, (line) -> {
		}), "")));
	}

	private static boolean isWanted(ForeignClient client) {
		String wanted = System.getProperty(CLIENTS);
		return wanted == null || List.of(wanted.toUpperCase(Locale.ROOT).split(",")).contains(client.name());
	}

	/** Most of the time a driver waits, so that two take no longer than one. */
	private static CompletableFuture<Report> inBothCodecs(Function<String, Report> driver) {
		CompletableFuture<Report> cbor = CompletableFuture.supplyAsync(() -> driver.apply("cbor"), threads);
		CompletableFuture<Report> json = CompletableFuture.supplyAsync(() -> driver.apply("json"), threads);
		return cbor.thenCombine(json, Report::and);
	}

	/** Most of the time a case waits, so that groups of cases are played side by side. */
	private static Report inLanes(Function<String, Report> driver) {
		ExecutorService lanes = Executors.newFixedThreadPool(LANES);
		try {
			return server.cases()
				.all()
				.stream()
				.map((one) -> String.valueOf(one.get("id")).replaceFirst("\\..*", ".*"))
				.distinct()
				.map((group) -> CompletableFuture.supplyAsync(() -> driver.apply(group), lanes))
				.toList()
				.stream()
				.map(CompletableFuture::join)
				.reduce(new Report(List.of(), ""), Report::and);
		}
		finally {
			lanes.shutdownNow();
		}
	}

	@AfterAll
	static void stop() {
		server.close();
		threads.shutdownNow();
	}

	private static Command drive(ForeignClient client, String control, Path file, String codec) {
		try {
			return client.drive(control, file, codec);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void javaClientPassesAllCases() {
		java.join().verify();
	}

	@ParameterizedTest
	@EnumSource
	void clientPassesAllCases(ForeignClient client) {
		assumeThat(FOREIGN).containsKey(client);
		FOREIGN.get(client).join().verify();
	}

	@Test
	void tableOfTheClientsIsThatOfThisRun() throws IOException {
		Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();
		outcomes.put("Java", java.join().outcomes());
		FOREIGN.forEach((client, report) -> outcomes.put(client.title(), report.join().outcomes()));
		ClientsTable written = ClientsTable.read(DOCUMENT);
		ClientsTable run = ClientsTable.of("Java", outcomes.get("Java"));
		outcomes.forEach((client, of) -> run.with(ClientsTable.of(client, of)));
		if (Boolean.getBoolean(WRITE)) {
			written.with(run).onlyGroupsOf(run).write(DOCUMENT);
		}
		else {
			outcomes.keySet()
				.stream()
				.filter(written::isNew)
				.forEach((client) -> System.out.println(
						"Not run: the comparison of docs/clients.md with the " + client + " client, which it lacks"));
			assertThat(written.differences(run)).as("docs/clients.md; -D%s=true writes it", WRITE).isEmpty();
		}
	}

	/**
	 * The report of a driver.
	 *
	 * @param outcomes one for each case and codec
	 * @param other what it has said beside that
	 */
	private record Report(List<Outcome> outcomes, String other) {

		static Report of(Command driver) {
			List<Outcome> outcomes = new ArrayList<>();
			StringBuilder other = new StringBuilder();
			for (String line : driver.output()) {
				if (line.startsWith("{\"case\"")) {
					Map<?, ?> members = JsonMapper.shared().readValue(line, Map.class);
					outcomes.add(new Outcome(String.valueOf(members.get("case")), String.valueOf(members.get("codec")),
							String.valueOf(members.get("outcome")), String.valueOf(members.get("detail"))));
				}
				else {
					other.append(line).append('\n');
				}
			}
			return new Report(outcomes, driver.isGood() ? "" : "exit code " + driver.exit() + "\n" + other);
		}

		Report and(Report second) {
			List<Outcome> both = new ArrayList<>(this.outcomes);
			both.addAll(second.outcomes);
			return new Report(both, this.other + second.other);
		}

		void verify() {
			assertThat(this.outcomes.stream().filter((outcome) -> outcome.result().equals("failed"))).as(this.other)
				.isEmpty();
			assertThat(this.outcomes.stream().map(Outcome::result)).isSubsetOf("passed", "skipped", "unable");
			assertThat(this.outcomes.stream().map(Outcome::id).distinct()).containsExactlyInAnyOrderElementsOf(
					server.cases().all().stream().map((one) -> String.valueOf(one.get("id"))).toList());
			assertThat(this.other).isEmpty();
		}

	}

}
