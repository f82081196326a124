package io.agentsocket.function;

import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;

/**
 * Makes frames of an answer out of the frames that the engine sends: each with its
 * length, names in place of aliases, the patch of the state before the end, and without
 * what an earlier request of the invocation has sent. Confined to the loop of its
 * invocation. Implements section 5 of {@code docs/function-protocol.md}.
 */
final class AnswerFrames {

	/** The stream of the invocation, here and there. */
	static final int STREAM = 1;

	/** The stream of a question. */
	private static final int QUESTION = 2;

	/** A relay keeps no more for a question: section 15. */
	private static final int MAX_CONTINUATION = 16 * 1024;

	private static final String STATE = Names.RESERVED_PREFIX + "state";

	private final Codec codec;

	private final @Nullable ResultShape shape;

	private final FunctionSession session;

	private final FrameWriter writer = new FrameWriter(256);

	/** Pieces in front of the next frame, by stream. */
	private final Map<Integer, ByteArrayOutputStream> parts = new HashMap<>();

	private final Replay replay;

	/** Items of values or bytes of others that the action has sent in this run. */
	private long items;

	private long events;

	private boolean answered;

	private boolean ended;

	AnswerFrames(Codec codec, @Nullable ResultShape shape, FunctionSession session, Replay replay) {
		this.codec = codec;
		this.shape = shape;
		this.session = session;
		this.replay = replay;
	}

	boolean hasEnded() {
		return this.ended;
	}

	/** The frames since the last time. */
	Bytes take() {
		return this.writer.take();
	}

	boolean isEmpty() {
		return this.writer.position() == 0;
	}

	/** A sign of life. */
	void heartbeat() {
		this.writer.write(new Frame.Ack(0, -1, false), false);
	}

	/** Bytes in front of the next frame of their stream. */
	void part(Frame.Part part) {
		if (part.streamId() == STREAM && isBytes()) {
			Bytes rest = unsent(part.body());
			if (!rest.isEmpty()) {
				this.writer.write(new Frame.Part(STREAM, rest), false);
			}
			return;
		}
		Bytes body = part.body();
		this.parts.computeIfAbsent(part.streamId(), (stream) -> new ByteArrayOutputStream())
			.write(body.array(), body.offset(), body.length());
	}

	/** A frame's body with the pieces in front of it. */
	Bytes whole(int stream, Bytes body) {
		ByteArrayOutputStream before = this.parts.remove(stream);
		if (before == null) {
			return body;
		}
		before.write(body.array(), body.offset(), body.length());
		return Bytes.of(before.toByteArray());
	}

	/** Whether items are pieces that mean the same however they are cut. */
	private boolean isBytes() {
		return this.shape == ResultShape.TEXT || this.shape == ResultShape.BYTES;
	}

	/** An item, a progress report, or the end. */
	void item(Frame.Item item) {
		Bytes body = whole(STREAM, item.body());
		boolean any = !body.isEmpty();
		if (any) {
			body = isBytes() ? unsent(body) : unsentItem(body);
		}
		if (item.end()) {
			if (this.shape == ResultShape.VALUE && !any && !this.answered) {
				body = this.codec.encode(null);
			}
			writeState();
			this.ended = true;
		}
		this.answered |= any;
		if (item.end() || !body.isEmpty() || !item.metadata().isEmpty()) {
			this.writer.write(new Frame.Item(item.type(), STREAM, item.end(), item.metadata(), body), false);
		}
	}

	private Bytes unsentItem(Bytes body) {
		this.items++;
		return (this.items > this.replay.items()) ? body : Bytes.EMPTY;
	}

	/** The part of a piece that no earlier request has sent. */
	private Bytes unsent(Bytes body) {
		long before = this.items;
		this.items += body.length();
		if (before >= this.replay.items()) {
			return body;
		}
		int sent = (int) Math.min(this.replay.items() - before, body.length());
		return body.slice(sent, body.length() - sent);
	}

	private void writeState() {
		Map<String, Object> patch = this.session.patch();
		if (patch != null) {
			this.writer.write(new Frame.Event(Frame.Ref.name(STATE), Bytes.EMPTY, this.codec.encodeMap(patch)), false);
		}
	}

	void event(Frame.Event event) {
		Bytes payload = whole(0, event.payload());
		if (++this.events > this.replay.events()) {
			this.writer.write(new Frame.Event(event.ref(), Bytes.EMPTY, payload), false);
		}
	}

	/** The action has announced or withdrawn an action of the session. */
	void define(Frame.Define define) {
		this.writer.write(new Frame.Define(0, define.name(), Bytes.EMPTY, whole(0, define.descriptor())), false);
	}

	void error(Frame.Error error) {
		this.writer.write(error, false);
		this.ended = true;
	}

	/**
	 * The answer ends with a question.
	 * @param approval whether it is a request for an approval
	 * @param arguments the question of the action
	 * @param question its name
	 */
	void question(boolean approval, Map<String, Object> arguments, String question, @Nullable Long timeout,
			Codec json) {
		Map<String, Object> told = new LinkedHashMap<>(arguments);
		String continuation = this.replay.keep(question, Math.max(this.items, this.replay.items()),
				Math.max(this.events, this.replay.events()), json);
		if (Bytes.utf8(continuation).length() > MAX_CONTINUATION) {
			error(new Frame.Error(STREAM, ErrorCode.INTERNAL.code(), false, true, Bytes.EMPTY,
					"The answers to the questions of this invocation exceed the " + MAX_CONTINUATION
							+ " bytes of a continuation"));
			return;
		}
		told.put("continuation", continuation);
		if (timeout != null) {
			told.put("timeoutMs", timeout);
		}
		int alias = approval ? Names.APPROVE_ALIAS : Names.ASK_ALIAS;
		this.writer.write(
				new Frame.Invoke(QUESTION, true, Frame.Ref.alias(alias), Bytes.EMPTY, this.codec.encodeMap(told)),
				false);
		this.ended = true;
	}

	/** The type of a value, for callers that ask. */
	static boolean isItem(Frame.Item item) {
		return item.type() != FrameType.DATA || !item.body().isEmpty();
	}

}
