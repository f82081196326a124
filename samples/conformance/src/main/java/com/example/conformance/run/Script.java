package com.example.conformance.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import com.example.conformance.wire.FrameMaker;
import com.example.conformance.wire.FrameText;
import com.example.conformance.wire.WireSocket;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;

/**
 * The acts of a connection. A thread plays them, another one reads.
 */
final class Script {

	/** The end of a connection without a close frame. */
	private static final int NO_CLOSE = 1006;

	/** Acts of a connection that is not upgraded by then. */
	private static final Set<String> BEFORE_UPGRADE = Set.of("refuse", "upgrade", "http");

	private static final long MOST_FLOOD = 64L * 1024 * 1024;

	/** Bytes of a PART: a frame has at most 16 KiB. */
	private static final int PIECE = 16_000;

	/** A client that reads nothing for so long has stopped the flood: milliseconds. */
	private static final long STUCK = 2_000;

	private final WireSocket socket;

	private final Codec codec;

	private final FrameLog log;

	private final Bindings bindings;

	private final Consumer<String> signal;

	private final ScriptRun.Await await;

	private final Received received;

	/** Numbered frames that came. */
	private final AtomicLong accepted = new AtomicLong();

	/** Numbered frames that were sent. */
	private volatile long numbered;

	private final SendWindow window = new SendWindow();

	/** Time before the latest message was sent, of the clock of {@code nanoTime}. */
	private volatile long sentAt;

	private Map<?, ?> hello = Map.of();

	private volatile Limits limits = Limits.SERVER;

	private String request = "";

	private boolean upgraded;

	private volatile boolean resetting;

	Script(WireSocket socket, Codec codec, FrameLog log, Bindings bindings, Consumer<String> signal,
			ScriptRun.Await await) {
		this.socket = socket;
		this.codec = codec;
		this.log = log;
		this.bindings = bindings;
		this.signal = signal;
		this.await = await;
		this.received = new Received(bindings);
	}

	/** Play all acts, then read until the connection ends. */
	void play(List<?> acts) throws InterruptedException {
		try {
			if (!readRequest()) {
				return;
			}
			this.bindings.put("$authorization", Upgrade.header(this.request, "Authorization"));
			acts(acts);
			if (this.upgraded) {
				this.received.drain();
			}
		}
		catch (IOException ex) {
			if (!this.resetting) {
				throw new CaseFailed("the connection ended: " + ex.getMessage() + ", after " + this.log.tail());
			}
		}
	}

	/** A client may give an attempt up before it has asked for anything. */
	private boolean readRequest() {
		try {
			this.request = this.socket.readHead();
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private void acts(List<?> acts) throws IOException, InterruptedException {
		for (Object act : acts) {
			act((Map<?, ?>) act);
		}
	}

	private void act(Map<?, ?> act) throws IOException, InterruptedException {
		String name = String.valueOf(act.keySet().iterator().next());
		Object value = act.get(name);
		if (!BEFORE_UPGRADE.contains(name)) {
			upgrade(Upgrade.header(this.request, "Sec-WebSocket-Protocol").contains(this.codec.subProtocol())
					? this.codec.subProtocol() : "");
		}
		switch (name) {
			case "refuse" -> refuse(value, act);
			case "http" -> new EndlessAnswer(this.socket, this.log).write((Map<?, ?>) value);
			case "upgrade" -> upgrade(String.valueOf(((Map<?, ?>) value).get("protocol")));
			case "welcome" -> welcome((Map<?, ?>) value);
			case "resumed" -> resumed((Map<?, ?>) value);
			case "token" -> token(value);
			case "expect" -> {
				this.received.expect((Map<?, ?>) value);
				notEarlier(act.get("after"));
			}
			case "await-frame" -> this.received.awaitFrame((Map<?, ?>) value);
			case "ping" -> ping();
			case "parts" -> unlessClosed(() -> sendParts((Map<?, ?>) value));
			case "large-calls" -> unlessClosed(() -> largeCalls((Map<?, ?>) value));
			case "define-many" -> unlessClosed(() -> defineMany(((Number) value).intValue()));
			case "not-before" -> this.log.notBefore(Duration.ofSeconds(((Number) value).longValue()));
			case "send" -> send(FrameMaker.encode(this.codec, (List<?>) this.bindings.fill(value)));
			case "send-hex" -> send(HexFormat.of().parseHex(String.valueOf(value)));
			case "send-parts" -> send(parts((List<?>) value));
			case "send-text" -> this.socket
				.write(WireSocket.Message.of(WireSocket.TEXT, String.valueOf(value).getBytes(StandardCharsets.UTF_8)));
			case "send-raw" -> this.socket.raw(HexFormat.of().parseHex(String.valueOf(value)));
			case "repeat" -> unlessClosed(() -> repeat(((Number) value).intValue(), (List<?>) act.get("acts")));
			case "flood" -> flood(FrameMaker.encode(this.codec, List.of(this.bindings.fill(value))), act);
			case "silence" -> this.received.awaitEnd();
			case "close" ->
				unlessClosed(() -> this.socket.write(WireSocket.Message.close(((Number) value).intValue())));
			case "cut" -> cut();
			case "expect-close" -> this.received.expectClose(value);
			case "expect-end" -> this.received.awaitEnd();
			case "ack" ->
				send(FrameMaker.encode(this.codec, List.of(Map.of("type", "ACK", "rx", this.accepted.get()))));
			case "pause" -> pause(((Number) value).longValue());
			case "signal" -> this.signal.accept(String.valueOf(value));
			case "await" -> this.await.signal(String.valueOf(value));
			default -> throw new CaseFailed("there is no act " + name);
		}
	}

	/** A frame that comes in time for the script comes too early for the rule. */
	private void notEarlier(Object after) {
		long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.sentAt);
		if (after instanceof Number millis && passed < millis.longValue()) {
			throw new CaseFailed("a frame came " + passed + " ms after the last message, not " + millis);
		}
	}

	private void refuse(Object status, Map<?, ?> act) throws IOException {
		Map<Object, Object> headers = new LinkedHashMap<>(
				(act.get("headers") instanceof Map<?, ?> map) ? map : Map.of());
		if (headers.get("Retry-After") instanceof Map<?, ?> date) {
			Instant until = Instant.now()
				.plusSeconds(((Number) date.get("date")).longValue())
				.truncatedTo(ChronoUnit.SECONDS);
			headers.put("Retry-After", Upgrade.date(until));
			this.log.notBefore(Duration.between(Instant.now(), until));
		}
		else if (headers.get("Retry-After") instanceof String seconds) {
			this.log.notBefore(Duration.ofSeconds(Long.parseLong(seconds)));
		}
		this.socket.raw(Upgrade.refuse(((Number) status).intValue(), headers));
	}

	private void upgrade(String protocol) throws IOException {
		if (this.upgraded) {
			return;
		}
		this.upgraded = true;
		this.socket.raw(Upgrade.accept(this.request, protocol.equals("none") ? "" : protocol));
		Acceptor.start("conformance-script", this::read);
	}

	private void read() {
		try {
			while (true) {
				WireSocket.Message message = this.socket.read();
				if (message.opcode() == WireSocket.CLOSE) {
					closed();
					this.received.close(message.code());
					this.socket.write(message);
					return;
				}
				if (message.opcode() == WireSocket.BINARY) {
					for (Map<String, Object> frame : FrameText.decode(this.codec, message.payload(), this.limits)) {
						if (FrameMaker.isNumbered(frame)) {
							this.accepted.incrementAndGet();
						}
						if (frame.get("type").equals("ACK")) {
							this.window.acknowledged(((Number) frame.get("rx")).longValue());
						}
						this.log.frame("client", frame);
						if (!isSubscription(frame)) {
							this.received.frame(frame);
						}
					}
				}
			}
		}
		catch (ProtocolException ex) {
			this.log.finding("a message of the client cannot be read: " + ex.getMessage());
		}
		catch (IOException ex) {
			// The client has gone.
		}
		closed();
		this.received.close(NO_CLOSE);
	}

	private void closed() {
		this.received.closed();
		this.window.changed();
		this.log.changed();
	}

	/** No script is about subscriptions: each is answered, whenever a client makes it. */
	private boolean isSubscription(Map<String, Object> frame) throws IOException {
		if (!frame.get("type").equals("INVOKE") || !Map.of("alias", 5).equals(frame.get("ref"))) {
			return false;
		}
		Object names = (frame.get("arguments") instanceof Map<?, ?> map && map.get("add") != null) ? map.get("add")
				: List.of();
		send(FrameMaker.encode(this.codec, List
			.of(Map.of("type", "DATA", "stream", frame.get("stream"), "end", true, "item", Map.of("events", names)))));
		return true;
	}

	/** Sends a message that holds one numbered frame, which may be no whole payload. */
	private synchronized void sendNumbered(byte[] message) throws IOException {
		this.window.sent(++this.numbered, message.length);
		this.socket.write(WireSocket.Message.of(WireSocket.BINARY, message));
	}

	private synchronized void send(byte[] message) throws IOException {
		this.sentAt = System.nanoTime();
		try {
			long count = FrameText.decode(this.codec, message).stream().filter(FrameMaker::isNumbered).count();
			this.numbered += count;
			if (count > 0) {
				this.window.sent(this.numbered, message.length);
			}
		}
		catch (ProtocolException | CodecException ex) {
			// Wrong on purpose: nobody will ask for its number.
		}
		this.socket.write(WireSocket.Message.of(WireSocket.BINARY, message));
	}

	private static byte[] parts(List<?> parts) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		for (Object part : parts) {
			Map<?, ?> piece = (Map<?, ?>) part;
			byte[] content = HexFormat.of().parseHex(String.valueOf(piece.get("hex")));
			int times = (piece.get("times") instanceof Number number) ? number.intValue() : 1;
			for (int i = 0; i < times; i++) {
				bytes.writeBytes(content);
			}
		}
		return bytes.toByteArray();
	}

	private void welcome(Map<?, ?> changes) throws IOException, InterruptedException {
		this.hello = (Map<?, ?>) this.received.expect(Map.of("type", "HELLO")).get("map");
		this.window.declared(this.hello.get("window"));
		welcome(Map.of("status", "new", "token", "t-1"), changes);
	}

	private void welcome(Map<?, ?> usual, Map<?, ?> changes) throws IOException {
		this.limits = limits(changes);
		Map<Object, Object> welcome = new LinkedHashMap<>(Map.of("session", "s-1", "log", "l-1"));
		welcome.putAll(usual);
		changes.forEach(welcome::put);
		send(FrameMaker.encode(this.codec, List.of(Map.of("type", "WELCOME", "map", welcome))));
	}

	private static Limits limits(Map<?, ?> declared) {
		Limits usual = Limits.SERVER;
		int frame = (declared.get("frame") instanceof Number number) ? number.intValue() : usual.frame();
		int message = (declared.get("message") instanceof Number number) ? number.intValue() : usual.message();
		return new Limits(message, frame, usual.item(), usual.assembly(), usual.streams(), usual.items(),
				usual.window(), usual.aliases(), usual.name(), Math.min(frame, usual.metadata()), usual.depth());
	}

	private void resumed(Map<?, ?> changes) throws IOException, InterruptedException {
		this.hello = (Map<?, ?>) this.received.expect(Map.of("type", "HELLO")).get("map");
		if (!(this.hello.get("resume") instanceof Map<?, ?> resume)) {
			throw new CaseFailed("HELLO without resume: " + this.hello);
		}
		long next = ((Number) resume.get("rx")).longValue() + 1;
		this.numbered = next - 1;
		this.accepted.addAndGet(((Number) resume.get("tx")).longValue());
		welcome(Map.of("status", "resumed", "token", "t-2", "rx", resume.get("tx"), "next", next), changes);
	}

	private void token(Object expected) {
		boolean inHeader = this.bindings.get("$authorization").equals("Bearer " + expected);
		if (!inHeader && !expected.equals(this.hello.get("auth"))) {
			throw new CaseFailed("the token is not " + expected);
		}
	}

	/** The client answers, and has counted all that was sent. */
	private void ping() throws IOException, InterruptedException {
		Map<String, Object> ping = Map.of("type", "ACK", "rx", this.accepted.get(), "tx", this.numbered, "end", true);
		send(FrameMaker.encode(this.codec, List.of(ping)));
		String answer = "an answer to a ping after frame " + this.numbered;
		Map<String, Object> right = Map.of("type", "ACK", "end", false, "rx", this.numbered);
		this.received.expectAnswer(right, answer);
	}

	/** A client may close while much is sent; how it closes is for the next act. */
	private static void unlessClosed(Acceptor.Task sending) throws InterruptedException {
		try {
			sending.run();
		}
		catch (IOException ex) {
			// The reader has seen the end, too.
		}
	}

	private void sendParts(Map<?, ?> parts) throws IOException, InterruptedException {
		Map<String, Object> part = Map.of("type", "PART", "stream", parts.get("stream"), "bytes",
				Map.of("$pattern", parts.get("size")));
		byte[] message = FrameMaker.encode(this.codec, List.of(part));
		for (int i = 0; i < ((Number) parts.get("count")).intValue() && !this.received.isClosed(); i++) {
			this.window.await(message.length, () -> this.received.isClosed());
			send(message);
		}
	}

	/** Invokes an action with large arguments, until the client refuses one. */
	private void largeCalls(Map<?, ?> calls) throws IOException, InterruptedException {
		Map<String, ?> arguments = Map.of("pad", "x".repeat(((Number) calls.get("size")).intValue()));
		int most = ((Number) calls.get("most")).intValue();
		String action = String.valueOf(calls.get("action"));
		Map<?, ?> refusal = Map.of("from", "client", "type", "ERROR", "code", 8, "flags", 1);
		for (int i = 1; i <= most && this.log.count(refusal) == 0 && !this.received.isClosed(); i++) {
			for (byte[] message : FrameMaker.invocation(this.codec, 2 * i, action, arguments, PIECE)) {
				this.window.await(message.length, () -> this.received.isClosed());
				sendNumbered(message);
			}
		}
		this.log.await("a refusal with ERROR 8, to be tried again",
				() -> this.log.count(refusal) > 0 || this.received.isClosed());
	}

	private void defineMany(int count) throws IOException {
		for (int alias = 16; alias < 16 + count && !this.received.isClosed(); alias++) {
			send(FrameMaker.encode(this.codec,
					List.of(Map.of("type", "DEFINE", "alias", alias, "name", "test.many." + alias))));
		}
	}

	private void repeat(int times, List<?> acts) throws IOException, InterruptedException {
		for (int i = 0; i < times; i++) {
			this.bindings.put("$i", i);
			acts(acts);
		}
	}

	private void flood(byte[] message, Map<?, ?> act) throws InterruptedException {
		long most = (act.get("most") instanceof Number number) ? number.longValue() : MOST_FLOOD;
		AtomicLong sent = new AtomicLong();
		Acceptor.start("conformance-flood", () -> {
			while (!this.received.isClosed() && sent.get() < most) {
				this.window.await(message.length, () -> this.received.isClosed());
				send(message);
				sent.addAndGet(message.length);
			}
			this.log.changed();
		});
		long before = -1;
		while (!this.received.isClosed() && sent.get() < most && sent.get() != before) {
			before = sent.get();
			this.log.awaitAtMost(STUCK, () -> this.received.isClosed() || sent.get() >= most);
		}
	}

	/** A script that wants a pause is about time. */
	private static void pause(long millis) {
		long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		while (System.nanoTime() < until) {
			LockSupport.parkNanos(until - System.nanoTime());
		}
	}

	private void cut() {
		this.resetting = true;
		this.socket.reset();
	}

}
