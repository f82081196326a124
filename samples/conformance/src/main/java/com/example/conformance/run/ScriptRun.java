package com.example.conformance.run;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.example.conformance.wire.WireSocket;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;

/**
 * A run whose client talks to a server that says what the case tells it to say, one list
 * of acts for each connection.
 */
final class ScriptRun implements Run {

	private final List<?> script;

	private final boolean more;

	/** Connections that have to come. */
	private final int due;

	private final Codec codec;

	private final String title;

	private final boolean hasRounds;

	private final Acceptor acceptor;

	private final FrameLog log = new FrameLog();

	private final Bindings bindings = new Bindings();

	private final Set<String> signals = new HashSet<>();

	private int played;

	ScriptRun(Map<?, ?> server, String codec) {
		this((List<?>) server.get("script"), server.get("more") == Boolean.TRUE, (Number) server.get("due"), codec, "",
				false);
	}

	private ScriptRun(List<?> script, boolean more, @Nullable Number due, String codec, String title,
			boolean hasRounds) {
		this.title = title;
		this.script = script;
		this.more = more;
		this.due = (due != null) ? due.intValue() : script.size();
		this.codec = Run.codec(codec);
		this.hasRounds = hasRounds;
		this.acceptor = new Acceptor(this::serve);
	}

	static ScriptRun ofVector(VectorScripts vectors, String codec, int round) {
		return new ScriptRun(List.of(vectors.acts(round)), false, null, codec, vectors.name(round),
				vectors.hasMore(round));
	}

	@Override
	public int port() {
		return this.acceptor.port();
	}

	private void serve(WireSocket socket) throws InterruptedException {
		int number = this.log.opened();
		if (number > this.script.size()) {
			if (!this.more) {
				this.log.finding("a further connection came, number " + number);
				return;
			}
			number = this.script.size();
		}
		try {
			new Script(socket, this.codec, this.log, this.bindings, this::signal, this::await)
				.play((List<?>) this.script.get(number - 1));
		}
		catch (CaseFailed | IllegalArgumentException | ClassCastException ex) {
			this.log.finding("connection " + number + ": " + ex.getMessage());
		}
		finally {
			synchronized (this) {
				this.played++;
			}
			this.log.changed();
		}
	}

	private void signal(String name) {
		synchronized (this) {
			this.signals.add(name);
		}
		this.log.changed();
	}

	private synchronized boolean isSignalled(String name) {
		return this.signals.contains(name);
	}

	private void await(String name) throws InterruptedException {
		this.log.await("the signal " + name, () -> isSignalled(name) || !this.log.findings().isEmpty());
		List<String> findings = this.log.findings();
		if (!findings.isEmpty()) {
			throw new CaseFailed(String.join("; ", findings));
		}
	}

	@Override
	public Map<String, ?> command(Map<String, ?> command) throws InterruptedException {
		if (command.get("signal") instanceof String name) {
			signal(name);
			return Map.of();
		}
		if (command.get("seen") instanceof Map<?, ?> members) {
			return Map.of("count", this.log.count(members));
		}
		if (!(command.get("await") instanceof Map<?, ?> what)) {
			throw new CaseFailed("a script has no command " + command);
		}
		if (what.get("signal") instanceof String name) {
			await(name);
		}
		else if (what.get("frame") instanceof Map<?, ?> members) {
			int count = (what.get("count") instanceof Number number) ? number.intValue() : 1;
			this.log.await(what.toString(), () -> this.log.count(members) >= count);
		}
		else if (what.get("connections") instanceof Number count) {
			this.log.await(what.toString(), () -> this.log.connections() >= count.intValue());
		}
		else {
			throw new CaseFailed("a script has no command " + command);
		}
		return Map.of();
	}

	private synchronized int played() {
		return this.played;
	}

	@Override
	public Verdict end(boolean passed) throws InterruptedException {
		try {
			if (passed) {
				this.log.await("the end of " + this.due + " connections",
						() -> played() >= this.due || !this.log.findings().isEmpty());
			}
		}
		catch (CaseFailed ex) {
			this.log.finding(ex.getMessage() + " (" + this.log.connections() + " came)");
		}
		this.acceptor.close();
		List<String> findings = this.log.findings();
		String detail = String.join("; ", findings);
		// The name of a vector is of use only if it was not treated well.
		boolean good = passed && findings.isEmpty();
		return new Verdict(findings.isEmpty(), good ? "" : (this.title + " " + detail).trim(), this.hasRounds);
	}

	/** How a script waits for a signal. */
	@FunctionalInterface
	interface Await {

		void signal(String name) throws InterruptedException;

	}

}
