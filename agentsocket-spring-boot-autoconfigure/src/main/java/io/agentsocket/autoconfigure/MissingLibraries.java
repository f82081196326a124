package io.agentsocket.autoconfigure;

import java.util.List;
import java.util.function.Predicate;

/**
 * Properties that turn something on whose library is not on the class path. Without a
 * word of it, nothing of it would be there.
 */
final class MissingLibraries {

	private static final Library REACTOR_NETTY = new Library("reactor.netty.http.client.HttpClient", "Reactor Netty",
			"io.projectreactor.netty:reactor-netty-http");

	private static final Library SPRING_AI = new Library("org.springframework.ai.tool.ToolCallback", "Spring AI",
			"org.springframework.ai:spring-ai-model");

	private static final Library SPRING_SECURITY = new Library(
			"org.springframework.security.access.AccessDeniedException", "Spring Security",
			"org.springframework.boot:spring-boot-starter-security");

	private static final List<Use> USES = List.of(
			new Use("agentsocket.client.uri", REACTOR_NETTY, "The client", (all) -> all.client().uri() != null),
			new Use("agentsocket.client.uris", REACTOR_NETTY, "The client", (all) -> !all.client().uris().isEmpty()),
			new Use("agentsocket.functions", REACTOR_NETTY, "The relay",
					(all) -> all.relay().enabled() && !all.functions().isEmpty()),
			new Use("agentsocket.spring-ai.offer-tools", SPRING_AI, "It", (all) -> all.springAi().offerTools()),
			new Use("agentsocket.spring-ai.side-by-side", SPRING_AI, "It", (all) -> all.springAi().sideBySide()),
			new Use("agentsocket.spring-ai.provider", SPRING_AI, "It", (all) -> all.springAi().provider()),
			new Use("agentsocket.security.tickets.enabled", SPRING_SECURITY, "It",
					(all) -> all.security().tickets().enabled()));

	private final Predicate<String> isPresent;

	/**
	 * Create checks.
	 * @param isPresent tells whether a class is on the class path
	 */
	MissingLibraries(Predicate<String> isPresent) {
		this.isPresent = isPresent;
	}

	void check(AgentSocketProperties properties, Predicate<String> fits, WrittenProperties written,
			List<PropertyMistake> mistakes) {
		for (Use use : USES) {
			// A value that cannot be read is on its default here.
			if (fits.test(use.property) && use.isOn.test(properties) && !this.isPresent.test(use.library.type)) {
				mistakes.add(written.mistake(use.property, "",
						use.user + " needs " + use.library.name + ", which is not on the class path.",
						"Add " + use.library.artifact + ", or take the property out."));
			}
		}
	}

	/**
	 * A library that may be missing.
	 *
	 * @param type a class of it
	 * @param name its name
	 * @param artifact the library to add
	 */
	private record Library(String type, String name, String artifact) {
	}

	/**
	 * A property that needs a library.
	 *
	 * @param property its name
	 * @param library the library that it needs
	 * @param user the property that needs it
	 * @param isOn whether it is turned on
	 */
	private record Use(String property, Library library, String user, Predicate<AgentSocketProperties> isOn) {
	}

}
