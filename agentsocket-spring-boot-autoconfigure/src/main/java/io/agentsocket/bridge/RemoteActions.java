package io.agentsocket.bridge;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.CatalogChange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The actions of a server with their schemas: read when they are first needed, kept, and
 * changed by what the server announces. Nothing is sent and no connection is opened
 * before {@link #read()} is subscribed to. Thread-safe.
 */
public final class RemoteActions implements AutoCloseable {

	/** Names in one request for descriptors, see section 17.3 of the protocol. */
	private static final int BATCH = 50;

	/** Actions of a page of results. */
	private static final int PAGE = 20;

	/** Pages after which nothing better comes, when few of the actions are wanted. */
	private static final int MAX_PAGES = 10;

	private final AgentSocketClient client;

	private final UnaryOperator<String> naming;

	private final Predicate<ActionDescriptor> filter;

	private final Duration patience;

	private final Disposable changes;

	private final TreeMap<String, ActionDescriptor> actions = new TreeMap<>();

	/** Changes that were announced while the actions are being read. */
	private final List<CatalogChange> missed = new ArrayList<>();

	/** Bytes of {@link #actions} and of {@link #missed}. */
	private final DescriptorBytes bytes = new DescriptorBytes();

	private final DescriptorBytes missedBytes = new DescriptorBytes();

	/** Whether there was no room for a change while the actions are being read. */
	private boolean missesMore;

	/** Null when the actions have to get their names anew. */
	private @Nullable List<BridgedAction> known = List.of();

	/** Generation of the catalog that is known, or -1 before anything was read. */
	private long generation = -1;

	private @Nullable Mono<List<BridgedAction>> reading;

	/**
	 * Begin to listen to changes.
	 * @param client client of the server
	 * @param naming name of a single action for a model
	 * @param filter which actions are wanted, by their summaries
	 * @param patience longest time to read them
	 */
	public RemoteActions(AgentSocketClient client, UnaryOperator<String> naming, Predicate<ActionDescriptor> filter,
			Duration patience) {
		this.client = client;
		this.naming = naming;
		this.filter = filter;
		this.patience = patience;
		this.changes = client.changes().subscribe(this::changed);
	}

	/**
	 * The actions that are known now.
	 * @return the actions in the order of their names, empty before they were read
	 */
	public synchronized List<BridgedAction> known() {
		List<BridgedAction> present = this.known;
		if (present == null) {
			// Not with each change: a server may announce many, and the loop hears them.
			present = named();
			this.known = present;
		}
		return present;
	}

	/**
	 * Whether {@link #read()} answers at once.
	 * @return {@code false} before the actions were read, and after a connection to a
	 * server with other actions
	 */
	public synchronized boolean isFresh() {
		return this.generation >= 0 && this.generation == this.client.catalogGeneration();
	}

	/**
	 * Read the actions unless they are known. Several subscribers at once share one
	 * reading.
	 * @return the actions in the order of their names; fails with UNAVAILABLE when they
	 * cannot be read in time
	 */
	public Mono<List<BridgedAction>> read() {
		return Mono.defer(this::readOrKnown);
	}

	private synchronized Mono<List<BridgedAction>> readOrKnown() {
		if (isFresh()) {
			return Mono.just(known());
		}
		Mono<List<BridgedAction>> present = this.reading;
		if (present == null) {
			present = load().timeout(this.patience)
				.onErrorMap(TimeoutException.class, (ex) -> unavailable())
				.doFinally((signal) -> loaded())
				// An observation in scope goes along to requests that other threads make.
				.contextWrite(ScopeContext.present())
				.cache();
			this.reading = present;
		}
		return present;
	}

	/**
	 * Let the server search among the actions that are wanted.
	 * @param query words to search for, such as a model writes them
	 * @param limit most actions that are wanted
	 * @return the best ones first; fails with UNAVAILABLE when the server does not answer
	 * in time
	 */
	public Mono<List<BridgedAction>> find(String query, int limit) {
		ActionQuery first = new ActionQuery(query, List.of(), Math.min(PAGE, limit), null);
		return read().flatMap((all) -> {
			Map<String, BridgedAction> wanted = all.stream()
				.collect(Collectors.toMap((action) -> action.action().name(), (action) -> action));
			return this.client.find(first)
				.expand((page) -> (page.next() != null) ? this.client.find(first.after(page.next())) : Mono.empty())
				.take(MAX_PAGES)
				.concatMapIterable(ActionPage::actions)
				.concatMap((found) -> Mono.justOrEmpty(wanted.get(found.name())))
				.take(limit)
				.collectList();
		}).timeout(this.patience).onErrorMap(TimeoutException.class, (ex) -> unavailable());
	}

	private ActionException unavailable() {
		String failure = this.client.lastFailure();
		return new ActionException(ErrorCode.UNAVAILABLE, "The actions of the server were not read within "
				+ this.patience + ((failure != null) ? ": " + failure : ""))
			.retryable();
	}

	private synchronized void loaded() {
		this.reading = null;
		forgetMissed();
	}

	private Mono<List<BridgedAction>> load() {
		synchronized (this) {
			forgetMissed();
		}
		// The generation is that of a connection, so it is looked at when there is one.
		return this.client.actions()
			.flatMap(
					(summaries) -> describe(summaries.stream().filter(this.filter).map(ActionDescriptor::name).toList(),
							this.client.catalogGeneration()));
	}

	private Mono<List<BridgedAction>> describe(List<String> names, long current) {
		DescriptorBytes room = new DescriptorBytes();
		return Flux.fromIterable(names)
			.buffer(BATCH)
			.concatMap((batch) -> this.client.describe(batch.toArray(String[]::new)))
			.takeWhile((action) -> room.take(action.name(), action))
			.collectList()
			.map((described) -> store(described, current));
	}

	private synchronized List<BridgedAction> store(List<ActionDescriptor> described, long current) {
		this.actions.clear();
		this.bytes.clear();
		described.forEach(this::put);
		this.missed.forEach(this::apply);
		// A catalog that is not known completely is read anew the next time.
		this.generation = this.missesMore ? -1 : current;
		forgetMissed();
		this.known = null;
		return known();
	}

	private void forgetMissed() {
		this.missed.clear();
		this.missedBytes.clear();
		this.missesMore = false;
	}

	private synchronized void changed(CatalogChange change) {
		if (this.reading != null) {
			if (this.missedBytes.take(change.name(), change.descriptor())) {
				this.missed.add(change);
			}
			else {
				this.missesMore = true;
			}
		}
		if (this.generation >= 0) {
			apply(change);
			this.known = null;
		}
	}

	private void apply(CatalogChange change) {
		ActionDescriptor descriptor = change.descriptor();
		remove(change.name());
		if (descriptor != null && this.filter.test(descriptor)) {
			put(descriptor);
		}
	}

	/** Keeps an action as long as there is room. */
	private void put(ActionDescriptor descriptor) {
		remove(descriptor.name());
		if (this.bytes.take(descriptor.name(), descriptor)) {
			this.actions.put(descriptor.name(), descriptor);
		}
	}

	private void remove(String name) {
		ActionDescriptor removed = this.actions.remove(name);
		if (removed != null) {
			this.bytes.give(name, removed);
		}
	}

	private List<BridgedAction> named() {
		Map<String, String> names = ToolNames.assign(new TreeSet<>(this.actions.keySet()), this.naming);
		List<BridgedAction> all = new ArrayList<>();
		this.actions.forEach((name, action) -> all.add(new BridgedAction(names.getOrDefault(name, name), action)));
		return List.copyOf(all);
	}

	/**
	 * Listen to changes no longer. The client is left as it is.
	 */
	@Override
	public void close() {
		this.changes.dispose();
	}

}
