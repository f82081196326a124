package io.agentsocket.actuate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.relay.FunctionReport;
import io.agentsocket.relay.FunctionReports;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.ServerLoad;
import io.agentsocket.server.SessionReport;
import io.agentsocket.server.StreamReport;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.server.bounds.RefusedHandshakes;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.execution.ThreadUse;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * The endpoint {@code agentsocket}: the work of this pod, in pages, and operations on it.
 * It shows no token, no argument and no attribute of a session.
 */
@Endpoint(id = "agentsocket")
public class AgentSocketEndpoint {

	private static final Log logger = PrintableLog.of(AgentSocketEndpoint.class);

	/** Entries of a page, unless asked for fewer or more. */
	private static final int PAGE = 50;

	/** A page is some hundred kilobytes at most, whatever is asked for. */
	private static final int MAX_PAGE = 500;

	private final AgentSocketServer server;

	private final ActionCatalog catalog;

	private final FunctionReports functions;

	private final Supplier<ThreadUse> threads;

	private final AtomicBoolean drained = new AtomicBoolean();

	/**
	 * Create the endpoint.
	 * @param server the server to show
	 * @param catalog the actions of all sessions
	 * @param functions tells of the functions
	 * @param threads tells the use of the threads of blocking tools
	 */
	public AgentSocketEndpoint(AgentSocketServer server, ActionCatalog catalog, FunctionReports functions,
			Supplier<ThreadUse> threads) {
		this.server = server;
		this.catalog = catalog;
		this.functions = functions;
		this.threads = threads;
	}

	/**
	 * The work of the pod.
	 * @return sums over all sessions
	 */
	@ReadOperation
	public Overview overview() {
		String obstacle = this.server.obstacle();
		PodBounds bounds = this.server.bounds();
		Map<String, Long> refusals = new TreeMap<>();
		for (Refusal reason : Refusal.values()) {
			long total = bounds.refusals().total(reason);
			if (total > 0) {
				refusals.put(reason.tag(), total);
			}
		}
		ThreadUse use = this.threads.get();
		return new Overview(obstacle == null, obstacle, this.server.isDraining(), this.server.connections(),
				this.server.operators().load(), new Memory(bounds.memory().used(), bounds.memory().bytes()),
				new Threads(use.threads(), use.running(), use.waiting()), refusals,
				refusedHandshakes(bounds.refusedHandshakes()), this.catalog.actions().size());
	}

	/** The actions of all sessions, those first that take most threads and time. */
	private List<ActionReport> actions() {
		ThreadUse use = this.threads.get();
		Map<String, List<StreamReport>> open = new HashMap<>();
		for (StreamReport stream : this.server.operators().streams()) {
			if (stream.action() != null && stream.direction().equals("in")) {
				open.computeIfAbsent(stream.action(), (name) -> new ArrayList<>()).add(stream);
			}
		}
		return this.catalog.actions()
			.stream()
			.map((action) -> ActionReport.of(action, use.of(action.name()),
					open.getOrDefault(action.name(), List.of())))
			.sorted(Comparator.comparing(ActionReport::running)
				.thenComparing(ActionReport::open)
				.reversed()
				.thenComparing(ActionReport::name))
			.toList();
	}

	private static Map<Integer, Long> refusedHandshakes(RefusedHandshakes counts) {
		Map<Integer, Long> refused = new TreeMap<>();
		for (int code : counts.codes()) {
			long total = counts.total(code);
			if (total > 0) {
				refused.put(code, total);
			}
		}
		return refused;
	}

	/**
	 * A page of the sessions, the connections, the open invocations, the actions or the
	 * functions of the pod. Sessions whose windows are full come first, then those that
	 * hold most memory, and invocations that have been open for the longest time: a stuck
	 * one is among them.
	 * @param part {@code sessions}, {@code connections}, {@code streams}, {@code actions}
	 * or {@code functions}
	 * @param offset entries that are left out, 0 by default
	 * @param limit entries of the page, 50 by default, 500 at most
	 * @return the page, or {@code null} for another part
	 */
	@ReadOperation
	@RegisterReflectionForBinding({ SessionReport.class, StreamReport.class, ActionReport.class, FunctionReport.class })
	public @Nullable Page<?> page(@Selector String part, @Nullable Integer offset, @Nullable Integer limit) {
		return switch (part) {
			case "sessions" -> page(this.server.operators().sessions(), offset, limit);
			case "connections" ->
				page(this.server.operators().sessions().stream().filter(SessionReport::connected).toList(), offset,
						limit);
			case "streams" -> page(this.server.operators().streams(), offset, limit);
			case "actions" -> page(actions(), offset, limit);
			case "functions" -> page(this.functions.reports(), offset, limit);
			default -> null;
		};
	}

	private static <T> Page<T> page(List<T> all, @Nullable Integer offset, @Nullable Integer limit) {
		int first = (offset != null) ? offset : 0;
		int size = (limit != null) ? limit : PAGE;
		if (first < 0 || size < 1 || size > MAX_PAGE) {
			throw new InvalidEndpointRequestException("offset is not negative, limit is 1 to " + MAX_PAGE,
					"offset is not negative, limit is 1 to " + MAX_PAGE);
		}
		return new Page<>(all.size(), first, all.stream().skip(first).limit(size).toList());
	}

	/**
	 * A single session, its open invocations, or a function.
	 * @param part {@code sessions}, {@code streams} or {@code functions}
	 * @param id id of the session, or name of the function
	 * @return the session, a page of its invocations, the function, or {@code null} if
	 * this pod does not have it
	 */
	@ReadOperation
	public @Nullable Object session(@Selector String part, @Selector String id) {
		if (part.equals("streams")) {
			List<StreamReport> streams = this.server.operators()
				.streams()
				.stream()
				.filter((stream) -> stream.session().equals(id))
				.toList();
			return (!streams.isEmpty() || this.server.operators().session(id) != null) ? page(streams, 0, MAX_PAGE)
					: null;
		}
		if (part.equals("functions")) {
			return this.functions.reports()
				.stream()
				.filter((function) -> function.name().equals(id))
				.findFirst()
				.orElse(null);
		}
		return part.equals("sessions") ? this.server.operators().session(id) : null;
	}

	/**
	 * Drain the pod: agents are asked to connect elsewhere, and no further ones are
	 * accepted until the application is started anew.
	 * @param part {@code drain}
	 * @return the pod as it is now, 404 for another part
	 */
	@WriteOperation
	public WebEndpointResponse<Overview> write(@Selector String part) {
		if (!part.equals("drain")) {
			return unknown();
		}
		if (this.drained.compareAndSet(false, true)) {
			logger.info("An operator drains this pod");
			// Ends by itself, within the drain timeout.
			this.server.drain().subscribe(null, (error) -> logger.warn("The pod was not drained: " + error));
		}
		return new WebEndpointResponse<>(overview());
	}

	/**
	 * Without this an operator with the wrong id would hear of success: 204.
	 */
	private static <T> WebEndpointResponse<T> unknown() {
		return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/**
	 * Close the connection of a session with 4000: its agent connects anew and resumes.
	 * @param part {@code connections}
	 * @param id id of the session
	 * @return the session as it was, 404 if it has no connection here
	 */
	@WriteOperation
	public WebEndpointResponse<SessionReport> disconnect(@Selector String part, @Selector String id) {
		if (!part.equals("connections")) {
			return unknown();
		}
		SessionReport report = this.server.operators().session(id);
		if (report == null || !report.connected()) {
			return unknown();
		}
		logger.info("An operator disconnects session " + report.id());
		this.server.operators().disconnect(id);
		return new WebEndpointResponse<>(report);
	}

	/**
	 * End a session for good, or close its connection.
	 * @param part {@code sessions} or {@code connections}
	 * @param id id of the session
	 * @return the session as it was, 404 if this pod does not serve it
	 */
	@DeleteOperation
	public Mono<WebEndpointResponse<SessionReport>> delete(@Selector String part, @Selector String id) {
		if (part.equals("connections")) {
			return Mono.just(disconnect(part, id));
		}
		if (!part.equals("sessions")) {
			return Mono.just(unknown());
		}
		SessionReport report = this.server.operators().session(id);
		Optional<AgentSession> session = this.server.sessions()
			.stream()
			.filter((known) -> known.id().equals(id))
			.findFirst();
		if (report == null || session.isEmpty()) {
			return Mono.just(unknown());
		}
		logger.info("An operator ends session " + report.id());
		return session.get().end().thenReturn(new WebEndpointResponse<>(report));
	}

	/**
	 * A pod at one moment.
	 *
	 * @param accepting whether a further connection is accepted
	 * @param obstacle why not, or {@code null} while one is
	 * @param draining whether the pod leaves
	 * @param connections open sockets
	 * @param load the present load
	 * @param memory the memory that all sessions hold
	 * @param threads the threads of blocking tools
	 * @param refusals what was refused or ended since the start because a bound was
	 * reached, by its reason
	 * @param refusedHandshakes connections that got no session since the start, by the
	 * status of the upgrade or the close code
	 * @param actions actions of all sessions
	 */
	public record Overview(boolean accepting, @Nullable String obstacle, boolean draining, int connections,
			ServerLoad load, Memory memory, Threads threads, Map<String, Long> refusals,
			Map<Integer, Long> refusedHandshakes, int actions) {

	}

	/**
	 * The memory of all sessions of a pod.
	 *
	 * @param used bytes that they hold, as far as they are counted
	 * @param budget bytes that they may hold
	 */
	public record Memory(long used, long budget) {

	}

	/**
	 * The threads of blocking tools.
	 *
	 * @param threads how many there are, 0 when nothing waits for them
	 * @param running those that are taken
	 * @param waiting calls and events that wait for one
	 */
	public record Threads(int threads, int running, int waiting) {

	}

	/**
	 * A part of a list.
	 *
	 * @param total entries of the whole list
	 * @param offset entries before this page
	 * @param entries the page
	 * @param <T> type of an entry
	 */
	public record Page<T>(int total, int offset, List<T> entries) {

	}

	/**
	 * An action of all sessions.
	 *
	 * @param name its name
	 * @param description its purpose, or {@code null}
	 * @param tags its tags
	 * @param open invocations of agents that are open here
	 * @param oldest for how long the oldest of them has been open, in milliseconds
	 * @param running threads of blocking tools that it takes
	 * @param waiting its calls that wait for such a thread
	 */
	public record ActionReport(String name, @Nullable String description, List<String> tags, int open, long oldest,
			int running, int waiting) {

		static ActionReport of(Action action, ThreadUse.Share share, List<StreamReport> open) {
			return new ActionReport(action.name(), action.description(), List.copyOf(action.tags()), open.size(),
					open.stream().mapToLong(StreamReport::millis).max().orElse(0), share.running(), share.waiting());
		}

	}

}
