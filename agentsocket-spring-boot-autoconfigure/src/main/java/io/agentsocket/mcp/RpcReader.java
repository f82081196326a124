package io.agentsocket.mcp;

import java.util.HashSet;
import java.util.Set;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the body of a request in one pass, without making objects of what only others
 * look into. Thread-safe.
 */
final class RpcReader {

	/** Levels around the arguments: the message, its parameters, and room for answers. */
	private static final int AROUND = 4;

	private static final String META = "io.modelcontextprotocol/";

	private static final String CALL_KEY = "io.agentsocket/callKey";

	/** Parameters that are read. */
	private static final Set<String> PARAMS = Set.of("name", "uri", "arguments", "cursor", "requestState",
			"inputResponses", "protocolVersion", "notifications", "_meta");

	/** Metadata that is read. */
	private static final Set<String> METADATA = Set.of(META + "protocolVersion", META + "clientInfo",
			META + "clientCapabilities", "progressToken", "traceparent", CALL_KEY);

	/** Bytes of an id or a progress token, which are kept as long as a call runs. */
	private static final int MAX_LITERAL = 1024;

	/** Bytes of a call key, as in metadata of the protocol. */
	private static final int MAX_CALL_KEY = 64;

	/** Characters of a trace context, as in metadata of the protocol. */
	private static final int MAX_TRACEPARENT = 256;

	private final Codec envelope;

	/**
	 * Create a reader.
	 * @param depth how deep arguments may nest
	 */
	RpcReader(int depth) {
		this.envelope = JacksonCodec.json(JsonMapper.builder().build(), depth + AROUND);
	}

	/**
	 * Read a message.
	 * @param message gets the members that are read, and has the id also when reading
	 * fails
	 * @param body the whole body, at the beginning of an array
	 * @throws RpcError if it is no request or notification
	 */
	void read(RpcMessage message, Bytes body) {
		try {
			this.envelope.check(body);
			try (JsonParser parser = this.envelope.mapper().createParser(body.array(), body.offset(), body.length())) {
				readMessage(new Cursor(parser, body), message);
				if (parser.nextToken() != null) {
					throw new RpcError(400, RpcError.PARSE, "The body is more than one message");
				}
			}
		}
		catch (JacksonException | io.agentsocket.codec.CodecException ex) {
			throw new RpcError(400, RpcError.PARSE, "The body is not valid JSON");
		}
	}

	private static void readMessage(Cursor cursor, RpcMessage message) {
		JsonToken first = cursor.parser.nextToken();
		if (first == JsonToken.START_ARRAY) {
			throw RpcError.invalidRequest("Batches are not taken: each message is a request of its own");
		}
		if (first != JsonToken.START_OBJECT) {
			throw (first == null) ? new RpcError(400, RpcError.PARSE, "The body is empty")
					: RpcError.invalidRequest("A message is an object");
		}
		Head head = new Head();
		cursor.eachMember((name) -> {
			switch (name) {
				case "jsonrpc" -> {
					head.once(name);
					head.version = cursor.textOr(null);
				}
				case "id" -> readId(cursor, message, head);
				case "method" -> {
					head.once(name);
					head.method = cursor.textOr(null);
				}
				case "params" -> {
					head.once(name);
					readParams(cursor, message, head);
				}
				default -> head.other(name);
			}
		});
		if (head.badId != null) {
			throw RpcError.invalidRequest(head.badId);
		}
		if (!"2.0".equals(head.version)) {
			throw RpcError.invalidRequest("\"jsonrpc\" has to be \"2.0\"");
		}
		if (head.method == null) {
			throw RpcError.invalidRequest(head.answers ? "The endpoint sends no requests, so it takes no responses"
					: "\"method\" is missing or no text");
		}
		message.method = head.method;
		if (head.problem != null) {
			throw new RpcError(400, RpcError.INVALID_PARAMS, head.problem);
		}
	}

	private static void readId(Cursor cursor, RpcMessage message, Head head) {
		head.once("id");
		JsonToken token = cursor.parser.currentToken();
		Bytes literal = cursor.slice();
		if (token != JsonToken.VALUE_STRING && token != JsonToken.VALUE_NUMBER_INT) {
			head.badId = "An id is a text or an integer";
		}
		else if (literal.length() > MAX_LITERAL) {
			head.badId = "An id has at most " + MAX_LITERAL + " bytes";
		}
		else {
			message.id = literal;
		}
	}

	private static void readParams(Cursor cursor, RpcMessage message, Head head) {
		if (!cursor.isObject()) {
			head.problem("\"params\" is an object");
			return;
		}
		cursor.eachMember((name) -> {
			if (PARAMS.contains(name)) {
				head.once(name);
			}
			switch (name) {
				case "name" -> message.name = cursor.textOr(() -> head.problem("\"name\" is a text"));
				case "uri" -> message.uri = cursor.textOr(() -> head.problem("\"uri\" is a text"));
				case "arguments" ->
					message.arguments = cursor.objectOr(() -> head.problem("\"arguments\" is an object"));
				case "cursor" -> message.cursor = cursor.textOr(() -> head.problem("\"cursor\" is a text"));
				case "requestState" ->
					message.requestState = cursor.textOr(() -> head.problem("\"requestState\" is a text"));
				case "inputResponses" ->
					message.inputResponses = cursor.objectOr(() -> head.problem("\"inputResponses\" is an object"));
				case "protocolVersion" -> message.handshakeVersion = cursor.textOr(null);
				case "clientInfo" -> readClient(cursor, message.meta);
				case "notifications" -> readFilter(cursor, message);
				case "_meta" -> readMeta(cursor, message.meta, head);
				default -> cursor.parser.skipChildren();
			}
		});
	}

	private static void readFilter(Cursor cursor, RpcMessage message) {
		if (cursor.isObject()) {
			cursor.eachMember((name) -> {
				if (name.equals("toolsListChanged")) {
					message.toolsListChanged = cursor.parser.currentToken() == JsonToken.VALUE_TRUE;
				}
				cursor.parser.skipChildren();
			});
		}
	}

	private static void readMeta(Cursor cursor, RpcMessage.Meta meta, Head head) {
		if (!cursor.isObject()) {
			head.problem("\"_meta\" is an object");
			return;
		}
		cursor.eachMember((name) -> {
			if (METADATA.contains(name)) {
				head.once(name);
			}
			switch (name) {
				case META + "protocolVersion" ->
					meta.version = cursor.textOr(() -> head.problem("A protocol version is a text"));
				case META + "clientInfo" -> readClient(cursor, meta);
				case META + "clientCapabilities" -> readCapabilities(cursor, meta, head);
				case "progressToken" -> readProgressToken(cursor, meta, head);
				case "traceparent" -> meta.traceparent = traceparent(cursor.textOr(null));
				case CALL_KEY -> meta.callKey = callKey(cursor.textOr(null), head);
				default -> cursor.parser.skipChildren();
			}
		});
	}

	private static @Nullable String callKey(@Nullable String text, Head head) {
		int length = (text != null) ? Bytes.utf8(text).length() : 0;
		if (length == 0 || length > MAX_CALL_KEY) {
			head.problem("A call key is a text of 1 to " + MAX_CALL_KEY + " bytes");
			return null;
		}
		return text;
	}

	/** A malformed trace context is ignored. */
	private static @Nullable String traceparent(@Nullable String text) {
		return (text != null && text.length() <= MAX_TRACEPARENT
				&& text.chars().allMatch((character) -> character > ' ' && character < 0x7F)) ? text : null;
	}

	private static void readProgressToken(Cursor cursor, RpcMessage.Meta meta, Head head) {
		JsonToken token = cursor.parser.currentToken();
		Bytes literal = cursor.slice();
		if (token != JsonToken.VALUE_STRING && token != JsonToken.VALUE_NUMBER_INT) {
			head.problem("A progress token is a text or an integer");
		}
		else if (literal.length() > MAX_LITERAL) {
			head.problem("A progress token has at most " + MAX_LITERAL + " bytes");
		}
		else {
			meta.progressToken = literal;
		}
	}

	private static void readClient(Cursor cursor, RpcMessage.Meta meta) {
		if (cursor.isObject()) {
			cursor.eachMember((name) -> {
				String text = cursor.textOr(null);
				if (text != null && name.equals("name")) {
					meta.clientName = text;
				}
				else if (text != null && name.equals("version")) {
					meta.clientVersion = text;
				}
			});
		}
	}

	private static void readCapabilities(Cursor cursor, RpcMessage.Meta meta, Head head) {
		if (!cursor.isObject()) {
			head.problem("Capabilities of a client are an object");
			return;
		}
		meta.hasCapabilities = true;
		cursor.eachMember((name) -> {
			if (name.equals("elicitation") && cursor.isObject()) {
				boolean[] modes = new boolean[2];
				cursor.eachMember((mode) -> {
					modes[mode.equals("form") ? 0 : 1] = true;
					cursor.parser.skipChildren();
				});
				// Without any mode, forms are meant.
				meta.forms = modes[0] || !modes[1];
			}
			else {
				cursor.parser.skipChildren();
			}
		});
	}

	/** The members of a message that have been seen. */
	private static final class Head {

		@Nullable String version;

		@Nullable String method;

		/** Rule that the id breaks. */
		@Nullable String badId;

		/** Names that were read, of which no other level has the same. */
		private final Set<String> names = new HashSet<>();

		/** Whether it has members that only responses have. */
		boolean answers;

		/** The first parameter that is wrong; told when the id is known. */
		@Nullable String problem;

		void other(String name) {
			this.answers |= name.equals("result") || name.equals("error");
		}

		void problem(String text) {
			this.problem = (this.problem != null) ? this.problem : text;
		}

		/** Readers on the way may take either of two members with one name. */
		void once(String name) {
			if (!this.names.add(name)) {
				problem("\"" + name + "\" is there twice");
			}
		}

	}

	/** Takes the name of a member, whose value is the present token. */
	@FunctionalInterface
	private interface Member {

		void read(String name);

	}

	/** A parser that knows where its values are in the body. */
	private record Cursor(JsonParser parser, Bytes body) {

		boolean isObject() {
			if (this.parser.currentToken() == JsonToken.START_OBJECT) {
				return true;
			}
			this.parser.skipChildren();
			return false;
		}

		void eachMember(Member member) {
			for (String name = this.parser.nextName(); name != null; name = this.parser.nextName()) {
				this.parser.nextToken();
				member.read(name);
				// An object that nobody has looked into is skipped.
				if (this.parser.currentToken().isStructStart()) {
					this.parser.skipChildren();
				}
			}
		}

		/** The present text; of anything else the listener is told, and it is skipped. */
		@Nullable String textOr(@Nullable Runnable otherwise) {
			if (this.parser.currentToken() == JsonToken.VALUE_STRING) {
				return this.parser.getString();
			}
			this.parser.skipChildren();
			if (otherwise != null) {
				otherwise.run();
			}
			return null;
		}

		/** The present object as it is written; empty for anything else. */
		Bytes objectOr(Runnable otherwise) {
			boolean object = this.parser.currentToken() == JsonToken.START_OBJECT;
			Bytes slice = slice();
			if (!object) {
				otherwise.run();
				return Bytes.EMPTY;
			}
			return slice;
		}

		/** The present value as it is written. */
		Bytes slice() {
			int begin = (int) this.parser.currentTokenLocation().getByteOffset();
			this.parser.skipChildren();
			this.parser.finishToken();
			int end = (int) this.parser.currentLocation().getByteOffset();
			return this.body.slice(begin, end - begin);
		}

	}

}
