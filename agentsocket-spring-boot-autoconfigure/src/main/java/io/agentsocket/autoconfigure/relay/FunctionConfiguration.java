package io.agentsocket.autoconfigure.relay;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.autoconfigure.FunctionProperties;
import io.agentsocket.autoconfigure.FunctionProperties.FunctionAction;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.FunctionSettings;
import io.agentsocket.relay.RelayedAction;
import io.agentsocket.relay.StateAccess;
import org.jspecify.annotations.Nullable;

/**
 * Makes the settings of the relay of the properties of a function.
 */
final class FunctionConfiguration {

	private FunctionConfiguration() {
	}

	static FunctionSettings settings(String name, FunctionProperties function) {
		return new FunctionSettings(name, url(name, function), function.secrets(), function.headers(),
				new FunctionSettings.Times(function.connectTimeout(), function.firstByteTimeout(),
						function.idleTimeout(), function.timeout()),
				function.concurrency(), function.maxRequests(), (int) function.itemLimit().toBytes(),
				function.notices(), function.allowInternal(), function.claims(),
				new FunctionSettings.Upkeep(function.describe(), function.describeInterval(), function.allowedUrls(),
						function.warmUp(), function.minConnections(),
						new FunctionSettings.Instances(function.instances().concurrency(),
								function.instances().startAfter(), function.instances().idle())));
	}

	private static URI url(String name, FunctionProperties function) {
		URI url = function.url();
		if (url == null) {
			throw new IllegalStateException("agentsocket.functions." + name + ".url is checked before");
		}
		return url;
	}

	static List<RelayedAction> actions(String name, FunctionProperties function, Codec json) {
		List<RelayedAction> actions = new ArrayList<>();
		for (FunctionAction action : function.actions()) {
			actions.add(new RelayedAction(descriptor(name, action, json), StateAccess.valueOf(action.state().name()),
					Set.copyOf(action.keys()), action.timeout(), url(name, function)));
		}
		return actions;
	}

	private static ActionDescriptor descriptor(String function, FunctionAction action, Codec json) {
		ResultShape shape = ResultShape.valueOf(action.result().name());
		// Retries and questions are part of the invocation, so it has no limit of its
		// own.
		ActionHints hints = new ActionHints(action.readOnly(), action.destructive(), action.idempotent(), false,
				action.approval(), null);
		boolean streaming = shape != ResultShape.NONE && shape != ResultShape.VALUE;
		return new ActionDescriptor(String.valueOf(action.name()), action.title(), action.description(), action.tags(),
				hints, streaming, schema(function, action, action.input(), json),
				schema(function, action, action.output(), json), null, shape);
	}

	private static @Nullable Map<String, Object> schema(String function, FunctionAction action, @Nullable String text,
			Codec json) {
		if (text == null) {
			return null;
		}
		try {
			return json.decodeMap(Bytes.utf8(text));
		}
		catch (CodecException ex) {
			throw new IllegalStateException("A schema of the action " + action.name() + " below agentsocket.functions."
					+ function + " is no JSON object: " + ex.getMessage(), ex);
		}
	}

}
