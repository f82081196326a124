package io.agentsocket.server;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.takeover.OtherPods;
import io.agentsocket.connection.takeover.RecordKey;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Names;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the actions and subscriptions of one session known wherever the session is: the
 * owner records them for the next one, a follower brings them to the owner. Runs in the
 * peer's loop.
 */
final class SessionActionsSync {

	private static final Log logger = PrintableLog.of(SessionActionsSync.class);

	private static final SeldomWarning LOST = new SeldomWarning(logger);

	private static final char SEPARATOR = '\n';

	/**
	 * Beside the members of a descriptor: the data with which another pod offers the
	 * action.
	 */
	private static final String RECIPE = "as.recipe";

	private final HostedSession session;

	SessionActionsSync(HostedSession session) {
		this.session = session;
	}

	/** An action of the session has come, changed or gone at its owner. */
	void record(String name, @Nullable Action action) {
		OtherPods others = this.session.peer().otherPods();
		if (action != null && this.session.actions().isVisible(action)) {
			String runner = SessionActions.runnerOf(action);
			others.record(RecordKey.ACTION.key(name),
					pack((runner != null) ? runner : this.session.owner(), descriptor(action)));
		}
		else {
			others.forget(RecordKey.ACTION.key(name));
		}
		others.watch(this.session.actions().runners());
	}

	/** The same at a follower. */
	void announce(String name, @Nullable Action action) {
		if (SessionActions.runnerOf(action) == null) {
			boolean visible = action != null && this.session.actions().isVisible(action);
			this.session.peer()
				.otherPods()
				.announce(name, (action != null && visible) ? descriptor(action) : Bytes.EMPTY);
		}
	}

	/** The agent has changed its subscriptions. */
	void subscribed(List<String> added, List<String> removed) {
		this.session.peer().execute(() -> {
			if (this.session.isFollower()) {
				subscribe(added, removed);
			}
			else {
				// A reset may have come in between.
				Set<String> all = this.session.subscriptions().names();
				this.session.peer()
					.otherPods()
					.record(RecordKey.SUBSCRIPTIONS.key(), Bytes.utf8(String.join("\n", all)));
			}
		});
	}

	/** Bring a change of subscriptions to the owner. */
	private void subscribe(Collection<String> added, Collection<String> removed) {
		Bytes change = codec().encode(Map.of("add", List.copyOf(added), "remove", List.copyOf(removed)));
		this.session.peer().otherPods().announce(Names.SUBSCRIBE, change);
	}

	/** The owner may lack some: this one was the owner before. */
	void repeat(Set<String> records) {
		for (String key : records) {
			if (key.equals(RecordKey.SUBSCRIPTIONS.key())) {
				subscribe(this.session.subscriptions().names(), List.of());
			}
			if (RecordKey.ACTION.isOf(key)) {
				String name = RecordKey.ACTION.restOf(key);
				announce(name, this.session.actions().ownAction(name));
			}
		}
	}

	/** Go on with the records of owners before this one. */
	void restore(Map<String, Bytes> records) {
		Map<ActionDescriptor, RemoteAction> announced = new HashMap<>();
		records.forEach((key, value) -> {
			if (RecordKey.ACTION.isOf(key)) {
				byte[] packed = value.toArray();
				int end = 0;
				while (packed[end] != SEPARATOR) {
					end++;
				}
				String runner = new String(packed, 0, end, StandardCharsets.UTF_8);
				Bytes descriptor = Bytes.of(Arrays.copyOfRange(packed, end + 1, packed.length));
				announced.put(unpack(RecordKey.ACTION.restOf(key), descriptor), remote(runner, descriptor));
			}
		});
		this.session.actions().restore(announced);
		this.session.peer().otherPods().watch(this.session.actions().runners());
	}

	/** Another peer of the session has an action, or has it no longer. */
	void announced(String runner, String name, Bytes descriptor) {
		if (name.equals(Names.SUBSCRIBE)) {
			subscribed(codec().decodeMap(descriptor));
		}
		else if (descriptor.isEmpty()) {
			this.session.actions().withdrawn(runner, name);
		}
		else {
			this.session.actions().announced(remote(runner, descriptor), unpack(name, descriptor));
		}
	}

	private void subscribed(Map<String, Object> change) {
		try {
			this.session.subscriptions().change(names(change.get("add")), names(change.get("remove")));
		}
		catch (ActionException ex) {
			// Together with those that the agent has made here they are too many.
			LOST.warn("Subscriptions of session " + this.session.state().id() + " are lost", ex);
		}
	}

	private static List<String> names(@Nullable Object list) {
		return (list instanceof List<?> names) ? names.stream().map(String::valueOf).toList() : List.of();
	}

	private static Bytes pack(String runner, Bytes descriptor) {
		byte[] name = (runner + SEPARATOR).getBytes(StandardCharsets.UTF_8);
		byte[] packed = Arrays.copyOf(name, name.length + descriptor.length());
		System.arraycopy(descriptor.array(), descriptor.offset(), packed, name.length, descriptor.length());
		return Bytes.of(packed);
	}

	private Bytes descriptor(Action action) {
		Map<String, Object> packed = new LinkedHashMap<>(ActionDescriptor.of(action).toMap());
		Map<String, Object> recipe = SessionActions.recipeOf(action);
		if (!recipe.isEmpty()) {
			packed.put(RECIPE, recipe);
		}
		return codec().encode(packed);
	}

	@SuppressWarnings("unchecked") // keys of decoded maps are texts
	private RemoteAction remote(String runner, Bytes descriptor) {
		Object recipe = codec().decodeMap(descriptor).get(RECIPE);
		return new RemoteAction(runner, (recipe instanceof Map<?, ?> map) ? (Map<String, Object>) map : Map.of());
	}

	private ActionDescriptor unpack(String name, Bytes descriptor) {
		return ActionDescriptor.from(codec().decodeMap(descriptor)).withName(name);
	}

	private Codec codec() {
		Peer peer = this.session.peer();
		return peer.codec();
	}

}
