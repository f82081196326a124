package io.agentsocket.client;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Names;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The client's knowledge of the server's actions: the list is read once for each hash of
 * the catalog and kept up to date by what the server announces. Implements the client's
 * half of section 17 of {@code docs/protocol.md}.
 */
final class RemoteCatalog {

	private static final Log logger = PrintableLog.of(RemoteCatalog.class);

	private static final ParameterizedTypeReference<Map<String, Object>> MAP = new ParameterizedTypeReference<>() {
	};

	private final Sinks.Many<CatalogChange> changes = Sinks.many().multicast().directBestEffort();

	private @Nullable KnownActions known;

	private @Nullable String hash;

	/** Times that what was known of the actions became void. */
	private volatile long generation;

	/** Changes when the actions are others than was known, but for announced changes. */
	long generation() {
		return this.generation;
	}

	/** The hash of the catalog of which the list is known. */
	synchronized @Nullable String knownHash() {
		return (this.known != null) ? this.hash : null;
	}

	/** The server tells its hash; a list of another one is void. */
	synchronized void welcomed(@Nullable String current) {
		if (current == null || !current.equals(this.hash)) {
			this.known = null;
			this.hash = current;
			this.generation++;
		}
	}

	void defined(Codec codec, String name, boolean available, Bytes encoded, @Nullable String current) {
		if (available && encoded.isEmpty()) {
			return;
		}
		ActionDescriptor descriptor = available ? ActionDescriptor.from(codec.decodeMap(encoded)).withName(name) : null;
		synchronized (this) {
			if (this.known != null && descriptor == null) {
				this.known.remove(name);
			}
			else if (this.known != null && descriptor != null && !this.known.put(descriptor)) {
				full(this.known);
			}
			this.hash = (current != null) ? current : this.hash;
		}
		// Subscribers that do not keep up miss it. A failure would be the end for all.
		this.changes.tryEmitNext(new CatalogChange(name, descriptor));
	}

	/** Nothing is announced any more. Called in the loop, as all that announces. */
	void close() {
		this.changes.tryEmitComplete();
	}

	Flux<CatalogChange> changes() {
		return this.changes.asFlux();
	}

	Mono<List<ActionDescriptor>> list(Peer peer) {
		return Mono.defer(() -> {
			List<ActionDescriptor> present = present();
			if (present != null) {
				return Mono.just(present);
			}
			String before = currentHash();
			KnownActions read = new KnownActions();
			Set<String> names = new HashSet<>();
			return find(peer, new ActionQuery("", List.of(), ActionQuery.MAX_LIMIT, null))
				// A page without a new action is the last one: a server could go on for
				// ever.
				.expand((page) -> (page.next() != null && hasNew(page, names))
						? find(peer, new ActionQuery("", List.of(), ActionQuery.MAX_LIMIT, page.next())) : Mono.empty())
				.flatMapIterable(ActionPage::actions, 1)
				.takeWhile((action) -> read.put(action) || full(read))
				.then(Mono.fromSupplier(() -> {
					List<ActionDescriptor> actions = List.copyOf(read.all());
					remember(before, read);
					return actions;
				}));
		});
	}

	private static boolean hasNew(ActionPage page, Set<String> names) {
		int before = names.size();
		page.actions().forEach((action) -> names.add(action.name()));
		return names.size() > before;
	}

	/** Tells it once for a list, which the server may change as often as it wants. */
	private static boolean full(KnownActions list) {
		if (list.tellFull()) {
			logger.warn("The server has more actions than " + KnownActions.MAX + ", or than fit into "
					+ KnownActions.MAX_BYTES + " bytes; further ones are not listed");
		}
		return false;
	}

	private synchronized @Nullable List<ActionDescriptor> present() {
		return (this.known != null) ? List.copyOf(this.known.all()) : null;
	}

	private synchronized @Nullable String currentHash() {
		return this.hash;
	}

	private synchronized void remember(@Nullable String before, KnownActions read) {
		// A change in the middle of the reading makes the list worthless as a base.
		if (before != null && before.equals(this.hash)) {
			this.known = read;
		}
	}

	Mono<ActionPage> find(Peer peer, ActionQuery query) {
		return peer.invoke(Names.FIND).arguments(query.toMap()).idempotent(true).toMono(MAP).map(ActionPage::from);
	}

	Flux<ActionDescriptor> describe(Peer peer, List<String> names) {
		return peer.invoke(Names.DESCRIBE)
			.arguments(Map.of("names", names))
			.idempotent(true)
			.toMono(MAP)
			.flatMapIterable((answer) -> {
				Object actions = answer.get("actions");
				return (actions instanceof List<?> list) ? list : List.of();
			})
			.ofType(Map.class)
			.map((map) -> ActionDescriptor.from(map));
	}

}
