package io.agentsocket.client;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.Peer;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Names;
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

	private static final int MAX_KNOWN = 10_000;

	private static final ParameterizedTypeReference<Map<String, Object>> MAP = new ParameterizedTypeReference<>() {
	};

	private final Sinks.Many<CatalogChange> changes = Sinks.many().multicast().directBestEffort();

	private @Nullable TreeMap<String, ActionDescriptor> known;

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
			if (this.known != null && descriptor != null && this.known.size() < MAX_KNOWN) {
				this.known.put(name, descriptor);
			}
			else if (this.known != null) {
				this.known.remove(name);
			}
			this.hash = (current != null) ? current : this.hash;
		}
		this.changes.emitNext(new CatalogChange(name, descriptor), Sinks.EmitFailureHandler.FAIL_FAST);
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
			return find(peer, new ActionQuery("", List.of(), ActionQuery.MAX_LIMIT, null))
				// A page without actions is the last one: a server could go on for ever.
				.expand((page) -> (page.next() != null && !page.actions().isEmpty())
						? find(peer, new ActionQuery("", List.of(), ActionQuery.MAX_LIMIT, page.next())) : Mono.empty())
				.flatMapIterable(ActionPage::actions)
				.take(MAX_KNOWN)
				.collectList()
				.doOnNext((actions) -> remember(before, actions));
		});
	}

	private synchronized @Nullable List<ActionDescriptor> present() {
		return (this.known != null) ? List.copyOf(this.known.values()) : null;
	}

	private synchronized @Nullable String currentHash() {
		return this.hash;
	}

	private synchronized void remember(@Nullable String before, List<ActionDescriptor> actions) {
		// A change in the middle of the reading makes the list worthless as a base.
		if (before != null && before.equals(this.hash)) {
			TreeMap<String, ActionDescriptor> read = new TreeMap<>();
			actions.forEach((action) -> read.put(action.name(), action));
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
