package io.agentsocket.relay.answer;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of frames. Implements section 5 of {@code docs/function-protocol.md}.
 */
final class FrameDecoder implements AnswerDecoder {

	/** Name of the event that holds the patch of the state. */
	static final String STATE = Names.RESERVED_PREFIX + "state";

	/** The stream of the invocation. */
	private static final int STREAM = 1;

	/** The stream of a question. */
	private static final int QUESTION = 2;

	/** Events in one answer: they wait for the agent. */
	private static final int MAX_EVENTS = 1024;

	private final Payloads payloads;

	private final @Nullable ResultShape shape;

	private final boolean push;

	private final FrameSplitter splitter;

	private ByteArrayOutputStream parts = new ByteArrayOutputStream(0);

	private @Nullable AnswerPart end;

	private boolean patched;

	private boolean answered;

	private int events;

	/**
	 * Create a decoder.
	 * @param payloads reads payloads
	 * @param shape shape of the results, or {@code null} for any
	 * @param push whether the frames are those of a push: they need no end, and may hold
	 * INTERRUPT
	 */
	FrameDecoder(Payloads payloads, @Nullable ResultShape shape, boolean push) {
		this.payloads = payloads;
		this.shape = shape;
		this.push = push;
		this.splitter = new FrameSplitter(payloads.maxItem());
	}

	@Override
	public List<AnswerPart> accept(byte[] chunk) {
		if (this.end != null) {
			return List.of();
		}
		this.splitter.add(chunk);
		List<AnswerPart> read = new ArrayList<>();
		try {
			Frame frame = this.splitter.next();
			while (frame != null) {
				read(frame, read);
				frame = (this.end == null) ? this.splitter.next() : null;
			}
		}
		catch (FunctionFailure ex) {
			// The items before it are passed on.
			this.end = new AnswerPart.Failed(ex);
		}
		return read;
	}

	@Override
	public boolean hasEnded() {
		return this.end != null;
	}

	@Override
	public int held() {
		return this.splitter.held() + this.parts.size();
	}

	@Override
	public List<AnswerPart> complete() {
		AnswerPart last = this.end;
		if (last == null && this.push && !this.splitter.isPartial() && this.parts.size() == 0) {
			return List.of();
		}
		return List.of((last != null) ? last : new AnswerPart.Failed(FunctionFailure.cutOff(null)));
	}

	/** Whether something follows the end. */
	boolean hasMore() {
		return this.end != null && this.splitter.isPartial();
	}

	private void read(Frame frame, List<AnswerPart> read) {
		if (frame instanceof Frame.Item item) {
			item(item, read);
		}
		else if (frame instanceof Frame.Part part) {
			requireStream(part.streamId(), STREAM);
			if (this.parts.size() + part.body().length() > this.payloads.maxItem()) {
				throw FunctionFailure.tooLarge();
			}
			this.parts.write(part.body().array(), part.body().offset(), part.body().length());
		}
		else if (frame instanceof Frame.Event event) {
			event(event, read);
		}
		else if (frame instanceof Frame.Error error) {
			requireStream(error.streamId(), STREAM);
			this.end = new AnswerPart.Failed(new FunctionFailure(FunctionFailure.Kind.OWN, error(error)));
		}
		else if (frame instanceof Frame.Define define) {
			read.add(define(define));
		}
		else if (frame instanceof Frame.Invoke invoke && !this.push) {
			this.end = question(invoke);
		}
		else if (frame instanceof Frame.Interrupt interrupt && this.push) {
			requireStream(interrupt.streamId(), STREAM);
			read.add(new AnswerPart.Interrupt(interrupt.mode()));
		}
		else if (!(frame instanceof Frame.Ack) && !(frame instanceof Frame.Extension)) {
			throw FunctionFailure.malformed(frame.type() + " does not belong here");
		}
	}

	private static void requireStream(int given, int expected) {
		if (given != expected) {
			throw FunctionFailure.malformed("Stream " + given + " is not the stream of the invocation");
		}
	}

	private void item(Frame.Item frame, List<AnswerPart> read) {
		requireStream(frame.streamId(), STREAM);
		Metadata metadata = metadata(frame);
		if (metadata.progress() != null) {
			read.add(new AnswerPart.Report(metadata.progress()));
		}
		Bytes body = frame.body();
		boolean hasParts = this.parts.size() > 0;
		if (hasParts) {
			if (this.parts.size() + body.length() > this.payloads.maxItem()) {
				throw FunctionFailure.tooLarge();
			}
			this.parts.write(body.array(), body.offset(), body.length());
			body = Bytes.of(this.parts.toByteArray());
			this.parts = new ByteArrayOutputStream(0);
		}
		if (body.isEmpty() && !frame.end() && frame.metadata().isEmpty()) {
			throw FunctionFailure.malformed("An item is empty");
		}
		if (!body.isEmpty()) {
			requireShape(frame.type());
			read.add(switch (frame.type()) {
				case TEXT -> this.payloads.text(body);
				case BYTES -> this.payloads.bytes(body);
				default -> this.payloads.value(body);
			});
		}
		if (frame.end()) {
			this.end = new AnswerPart.End();
		}
	}

	private void requireShape(FrameType type) {
		if (this.shape == null || this.shape == ResultShape.NONE) {
			return;
		}
		FrameType expected = switch (this.shape) {
			case TEXT -> FrameType.TEXT;
			case BYTES -> FrameType.BYTES;
			default -> FrameType.DATA;
		};
		if (type != expected) {
			throw FunctionFailure.malformed(type + " in the answer of an action whose result is " + this.shape);
		}
		if (this.shape == ResultShape.VALUE && this.answered) {
			throw FunctionFailure.malformed("An action of one value has answered with two");
		}
		this.answered = true;
	}

	private Metadata metadata(Frame frame) {
		try {
			return this.payloads.codec().decodeMetadata(frame.metadata());
		}
		catch (CodecException ex) {
			throw FunctionFailure.malformed("Metadata is malformed: " + ex.getMessage());
		}
	}

	private void event(Frame.Event frame, List<AnswerPart> read) {
		metadata(frame);
		String name = frame.ref().name();
		Object payload = frame.payload().isEmpty() ? null : this.payloads.decode(frame.payload(), "An event");
		if (STATE.equals(name)) {
			if (this.patched || payload == null) {
				throw FunctionFailure.malformed("There is at most one patch, and it is not empty");
			}
			this.patched = true;
			read.add(Payloads.patch(payload));
			return;
		}
		if (++this.events > MAX_EVENTS) {
			throw FunctionFailure.malformed("An answer has more than " + MAX_EVENTS + " events");
		}
		read.add(Payloads.event(name, payload));
	}

	private ActionException error(Frame.Error frame) {
		ActionException error = Payloads.own(frame.code(), frame.text());
		if (frame.retryable()) {
			error = error.retryable();
		}
		Metadata.Details details = metadata(frame).details();
		if (details != null) {
			error = error.withViolations(details.violations());
			error = (details.correlation() != null) ? error.withCorrelation(details.correlation()) : error;
		}
		// A detached invocation has run.
		return (this.push || frame.mayHaveRun()) ? error.mayHaveRun() : error.notRun();
	}

	private AnswerPart define(Frame.Define frame) {
		metadata(frame);
		if (frame.alias() != 0 || !Payloads.isOwnName(frame.name())) {
			throw FunctionFailure.malformed("DEFINE needs alias 0 and a name that is not reserved");
		}
		if (frame.descriptor().isEmpty()) {
			return new AnswerPart.Withdraw(frame.name());
		}
		Map<String, Object> descriptor = new LinkedHashMap<>(this.payloads.map(frame.descriptor(), "A descriptor"));
		descriptor.put("name", frame.name());
		return new AnswerPart.Define(descriptor);
	}

	private AnswerPart question(Frame.Invoke frame) {
		requireStream(frame.streamId(), QUESTION);
		metadata(frame);
		boolean ask = frame.ref().alias() == Names.ASK_ALIAS || Names.ASK.equals(frame.ref().name());
		boolean approve = frame.ref().alias() == Names.APPROVE_ALIAS || Names.APPROVE.equals(frame.ref().name());
		if (!frame.end() || !ask && !approve) {
			throw FunctionFailure.malformed("A function invokes as.ask and as.approve only, with E");
		}
		return Payloads.ask(approve, this.payloads.map(frame.arguments(), "A question"));
	}

}
