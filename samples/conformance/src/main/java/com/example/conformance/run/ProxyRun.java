package com.example.conformance.run;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.example.conformance.app.Pods;
import com.example.conformance.wire.FrameText;
import com.example.conformance.wire.WireSocket;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * A run whose client talks to the test application, through a proxy that breaks, delays,
 * holds and doubles its connections as the case wants it.
 */
final class ProxyRun implements Run {

	private static final String CLIENT = "client";

	private static final String SERVER = "server";

	/** With 4001 a client leaves a server that is silent, as one on a busy machine is. */
	private static final Set<Integer> USUAL_CLOSES = Set.of(1000, 1001, 1005, 1006, 4000, 4001);

	private final Pods pods;

	private final boolean shared;

	private final Codec codec;

	private final Acceptor acceptor;

	private final FrameLog log = new FrameLog();

	private final Cutter cutter;

	private final ProxyCommands commands;

	private final long seed;

	private final boolean moving;

	private final Queue<Map<?, ?>> refusals = new ArrayDeque<>();

	private final Set<String> held = new HashSet<>();

	private boolean second;

	private boolean down;

	private boolean ended;

	private long delay;

	/** Code with which the proxy closed, so that the client answers with it. */
	private int closedWith;

	private @Nullable Pair present;

	ProxyRun(Pods pods, Map<?, ?> server, String codec, int round, long seed) {
		this.pods = pods;
		this.shared = "redis".equals(server.get("pods"));
		this.moving = server.get("moving") == Boolean.TRUE;
		this.codec = Run.codec(codec);
		this.seed = seed;
		this.cutter = new Cutter(server, round, seed);
		// Started here, so that no client waits for it.
		pods.port(this.shared, false);
		if (this.shared || this.moving) {
			pods.port(this.shared, true);
		}
		this.commands = new ProxyCommands(this, pods, this.log);
		this.acceptor = new Acceptor(this::serve);
	}

	@Override
	public int port() {
		return this.acceptor.port();
	}

	boolean isShared() {
		return this.shared;
	}

	synchronized boolean isSecond() {
		return this.second;
	}

	@Override
	public Map<String, ?> command(Map<String, ?> command) throws IOException, InterruptedException {
		return this.commands.run(command);
	}

	private void serve(WireSocket client) throws IOException, InterruptedException {
		String request = client.readHead();
		Map<?, ?> refusal;
		synchronized (this) {
			if (this.down) {
				client.reset();
				return;
			}
			refusal = this.refusals.poll();
		}
		this.log.opened();
		if (refusal != null) {
			Map<?, ?> headers = (refusal.get("headers") instanceof Map<?, ?> map) ? map : Map.of();
			client.raw(Upgrade.refuse(((Number) refusal.get("status")).intValue(), headers));
			return;
		}
		try (WireSocket server = WireSocket.connect(this.pods.port(this.shared, isSecond()))) {
			this.acceptor.track(server);
			server.raw(request.getBytes(StandardCharsets.ISO_8859_1));
			String answer = server.readHead();
			client.raw(answer.getBytes(StandardCharsets.ISO_8859_1));
			if (!answer.startsWith("HTTP/1.1 101")) {
				server.copyTo(client);
				return;
			}
			Pair pair = new Pair(client, server, request);
			synchronized (this) {
				this.present = pair;
			}
			Acceptor.start("conformance-server", () -> pass(pair, SERVER));
			pass(pair, CLIENT);
		}
	}

	private void pass(Pair pair, String from) throws IOException, InterruptedException {
		WireSocket source = from.equals(CLIENT) ? pair.client : pair.server;
		WireSocket target = from.equals(CLIENT) ? pair.server : pair.client;
		try {
			while (true) {
				WireSocket.Message message = source.read();
				Cutter.Fate fate = Cutter.Fate.PASS;
				if (message.opcode() == WireSocket.BINARY) {
					note(pair, from, message.payload());
					gate(from);
					fate = fate(pair, from);
				}
				else if (message.opcode() == WireSocket.CLOSE) {
					closed(from, message.code());
				}
				if (fate != Cutter.Fate.LOSE) {
					target.write(message);
				}
				if (fate != Cutter.Fate.PASS) {
					move();
					pair.cut(fate == Cutter.Fate.LOSE);
					return;
				}
			}
		}
		catch (EOFException ex) {
			// In order, so that what was passed on arrives.
			target.shutdownOutput();
		}
		catch (IOException ex) {
			pair.cut(true);
			throw ex;
		}
	}

	private void note(Pair pair, String from, byte[] message) {
		if (from.equals(CLIENT) && pair.hello == null) {
			pair.hello = message;
		}
		try {
			for (Map<String, Object> frame : FrameText.decode(this.codec, message)) {
				this.log.frame(from, frame);
			}
		}
		catch (ProtocolException ex) {
			this.log.finding("a message of the " + from + " cannot be read: " + ex.getMessage());
		}
	}

	private synchronized void gate(String from) throws InterruptedException {
		while (this.held.contains(from) && !this.ended) {
			wait();
		}
		if (this.delay > 0) {
			long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(this.delay);
			while (System.nanoTime() < until) {
				LockSupport.parkNanos(until - System.nanoTime());
			}
		}
	}

	private synchronized Cutter.Fate fate(Pair pair, String from) {
		if (from.equals(SERVER) && !pair.greeted) {
			pair.greeted = true;
			Cutter.Fate fate = this.cutter.fate(from);
			this.cutter.greeted(this.log.welcomes() == 1);
			return fate;
		}
		return pair.greeted || this.cutter.cuts() == 0 ? this.cutter.fate(from) : Cutter.Fate.PASS;
	}

	private synchronized void move() {
		if (this.moving) {
			this.second = !this.second;
		}
	}

	private synchronized void closed(String from, int code) {
		boolean usual = code == this.closedWith || USUAL_CLOSES.contains(code)
				|| from.equals(SERVER) && code >= 4000 && code < 4500 || code == 4503;
		if (!usual) {
			this.log.finding("the " + from + " closed with " + code);
		}
	}

	/** Break the present connection. */
	void cut() {
		Pair pair;
		synchronized (this) {
			pair = this.present;
		}
		if (pair != null) {
			pair.cut(true);
		}
	}

	synchronized void cutLater(String from, int after, boolean lose) {
		this.cutter.set(from, after, lose);
	}

	void down(boolean value) {
		synchronized (this) {
			this.down = value;
		}
		if (value) {
			cut();
		}
	}

	synchronized void hold(String side) {
		this.held.add(side);
	}

	synchronized void release(String side) {
		this.held.remove(side);
		notifyAll();
	}

	/** Close the client's connection. */
	void close(int code) throws IOException {
		Pair pair = present();
		synchronized (this) {
			this.closedWith = code;
		}
		pair.client.write(WireSocket.Message.close(code));
		pair.server.close();
	}

	synchronized void delay(long millis) {
		this.delay = millis;
	}

	synchronized void refuse(List<?> answers) {
		answers.forEach((answer) -> this.refusals.add((Map<?, ?>) answer));
	}

	synchronized void otherPod() {
		this.second = !this.second;
	}

	/** The present connection. */
	synchronized Pair present() {
		if (this.present == null) {
			throw new CaseFailed("there is no connection");
		}
		return this.present;
	}

	/** Say HELLO of the present connection once more, on a second one. */
	void duplicate() throws IOException {
		Pair pair = present();
		WireSocket copy = WireSocket.connect(this.pods.port(this.shared, isSecond()));
		this.acceptor.track(copy);
		copy.raw(pair.request.getBytes(StandardCharsets.ISO_8859_1));
		copy.readHead();
		byte[] hello = pair.hello;
		copy.write(WireSocket.Message.of(WireSocket.BINARY, (hello != null) ? hello : new byte[0]));
		// WELCOME, or the close: the server has dealt with it.
		copy.read();
	}

	@Override
	public Verdict end(boolean passed) {
		synchronized (this) {
			this.ended = true;
			notifyAll();
		}
		this.acceptor.close();
		List<String> findings = this.log.findings();
		String detail = String.join("; ", findings);
		if (this.cutter.cuts() > 0) {
			detail = (this.cutter.hasRounds() ? "" : "seed " + this.seed + ", " + this.cutter.cuts() + " cuts ")
					+ detail;
		}
		boolean more = this.cutter.hasRounds() && this.cutter.cuts() > 0;
		return new Verdict(findings.isEmpty(), detail.trim(), more);
	}

	/** Both ends of a connection. */
	static final class Pair {

		private final WireSocket client;

		private final WireSocket server;

		private final String request;

		private volatile byte @Nullable [] hello;

		private boolean greeted;

		Pair(WireSocket client, WireSocket server, String request) {
			this.client = client;
			this.server = server;
			this.request = request;
		}

		WireSocket client() {
			return this.client;
		}

		WireSocket server() {
			return this.server;
		}

		void cut(boolean abruptly) {
			if (abruptly) {
				this.client.reset();
				this.server.reset();
			}
			else {
				this.client.close();
				this.server.close();
			}
		}

	}

}
