package io.agentsocket.mcp;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionView;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.DirectCalls;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The tools as clients list them, with definitions that are written once. Thread-safe.
 */
final class ToolCatalog {

	/** Tools of a page. */
	private static final int PAGE = 250;

	/**
	 * Time for which a list may be used again, in milliseconds: changes are told, too.
	 */
	private static final int TTL = 5_000;

	private final DirectCalls server;

	private final Codec codec;

	private final Disposable listener;

	/** Names and definitions of the present catalog, replaced when it changes. */
	private volatile Known known;

	ToolCatalog(DirectCalls server, Codec codec, Runnable changed) {
		this.server = server;
		this.codec = codec;
		this.known = new Known(server.catalog().actions());
		this.listener = server.catalog().onChange((change) -> {
			this.known = new Known(server.catalog().actions());
			changed.run();
		});
	}

	void close() {
		this.listener.dispose();
	}

	/** The action behind a tool; null when there is none that the caller may see. */
	@Nullable Action find(String tool, AgentSession session) {
		String name = this.known.names.action(tool);
		return (name != null) ? this.server.actions(session).find(name) : null;
	}

	/**
	 * A page of the tools that a caller sees.
	 * @param session the session of the call
	 * @param revision how the client is spoken to
	 * @param cursor where the page begins, or {@code null} for the first one
	 * @return members of the result
	 * @throws RpcError if the cursor is none
	 */
	Bytes list(AgentSession session, Revision revision, @Nullable String cursor) {
		Known present = this.known;
		ActionView view = this.server.actions(session);
		Collection<Action> visible = view.actions();
		String after = (cursor != null) ? position(cursor) : null;
		JsonBytes out = new JsonBytes(4096).raw("\"tools\":[");
		int count = 0;
		String last = null;
		boolean more = false;
		for (Action action : sorted(visible)) {
			String tool = present.names.tool(action.name());
			if (tool == null || after != null && action.name().compareTo(after) <= 0) {
				continue;
			}
			if (count == PAGE) {
				more = true;
				break;
			}
			out.raw((count++ == 0) ? "" : ",").raw(present.definition(action, tool, revision));
			last = action.name();
		}
		out.raw("]");
		if (more && last != null) {
			out.raw(",\"nextCursor\":").text(cursor(last));
		}
		if (revision.isStateless()) {
			out.raw(",\"ttlMs\":" + TTL + ",\"cacheScope\":\"private\"");
		}
		return out.bytes();
	}

	private static List<Action> sorted(Collection<Action> actions) {
		return actions.stream().sorted(Comparator.comparing(Action::name)).toList();
	}

	private static String cursor(String name) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(("a" + name).getBytes(StandardCharsets.UTF_8));
	}

	private static String position(String cursor) {
		try {
			String name = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
			if (name.startsWith("a")) {
				return name.substring(1);
			}
		}
		catch (IllegalArgumentException ex) {
			throw RpcError.invalidParams("The cursor is none that the server has given");
		}
		throw RpcError.invalidParams("The cursor is none that the server has given");
	}

	/** Names and definitions of one state of the catalog. */
	private final class Known {

		private final ToolNames names;

		private final Map<Action, Bytes> stateless = new ConcurrentHashMap<>();

		private final Map<Action, Bytes> handshake = new ConcurrentHashMap<>();

		Known(List<Action> actions) {
			this.names = new ToolNames(actions);
		}

		Bytes definition(Action action, String tool, Revision revision) {
			if (revision == Revision.HANDSHAKE_OF_MARCH) {
				return write(action, tool, revision);
			}
			return (revision.isStateless() ? this.stateless : this.handshake).computeIfAbsent(action,
					(key) -> write(action, tool, revision));
		}

		private Bytes write(Action action, String tool, Revision revision) {
			return ToolCatalog.this.codec.encodeMap(ToolDefinition.of(action, tool, revision));
		}

	}

}
