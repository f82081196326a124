package com.example.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * A Redis for a test or a sample: one that is given, a container, a process, or an
 * embedded one, whichever can be had first (see {@link Rung}). The system property
 * {@code agentsocket.test.redis.rung} names the only rung to try. Servers that were
 * started here persist nothing, listen on loopback only and end with this JVM, even if
 * that is killed. Safe for use by one thread at a time; all methods block.
 */
public final class LocalRedis implements AutoCloseable {

	/** System property with the name of a {@link Rung}. */
	public static final String RUNG_PROPERTY = "agentsocket.test.redis.rung";

	private final Rung rung;

	private final Backend backend;

	private final List<LocalRedis> replicas = new ArrayList<>();

	private boolean closed;

	private LocalRedis(Rung rung, Backend backend) {
		this.rung = rung;
		this.backend = backend;
	}

	/**
	 * Find or start a Redis.
	 * @return a Redis that answers
	 * @throws IllegalStateException if there is none, with the reason of each rung
	 */
	public static LocalRedis open() {
		String forced = System.getProperty(RUNG_PROPERTY, "");
		if (!forced.isEmpty()) {
			return open(Rung.valueOf(forced.toUpperCase(Locale.ROOT)));
		}
		IllegalStateException none = new IllegalStateException("There is no Redis for this test or sample");
		for (Rung rung : Rung.values()) {
			if (rung == Rung.GIVEN && System.getenv(GivenRedis.VARIABLE) == null) {
				continue;
			}
			try {
				return open(rung);
			}
			catch (RuntimeException | LinkageError ex) {
				if (rung == Rung.GIVEN) {
					// Asked for, so nothing else will do.
					throw ex;
				}
				none.addSuppressed(ex);
			}
		}
		throw none;
	}

	/**
	 * Start a Redis in one way.
	 * @param rung the way
	 * @return a Redis that answers
	 * @throws IllegalStateException if that way does not lead to one
	 */
	public static LocalRedis open(Rung rung) {
		return open(rung, null);
	}

	/**
	 * Start a Redis that persists each write before it confirms it: {@link #restart()}
	 * loses nothing.
	 * @return a Redis that answers
	 * @throws IllegalStateException if there is none, with the reason of each rung
	 */
	public static LocalRedis openPersistent() {
		IllegalStateException none = new IllegalStateException("There is no Redis that persists");
		for (Rung rung : List.of(Rung.PATH, Rung.EMBEDDED)) {
			try {
				return new LocalRedis(rung, rung.startPersistent());
			}
			catch (IOException ex) {
				none.addSuppressed(ex);
			}
		}
		throw none;
	}

	private static LocalRedis open(Rung rung, @Nullable String replicaOf) {
		Backend backend;
		try {
			backend = rung.start(replicaOf);
		}
		catch (IOException ex) {
			throw new IllegalStateException("No Redis (" + rung + "): " + ex.getMessage(), ex);
		}
		LocalRedis redis = new LocalRedis(rung, backend);
		try {
			if (redis.owned()) {
				Resp.awaitAnswer(redis.host(), redis.port());
			}
			else {
				redis.command("PING");
			}
			return redis;
		}
		catch (IOException | UncheckedIOException ex) {
			redis.close();
			throw new IllegalStateException(redis + " does not answer", ex);
		}
	}

	/**
	 * Where it listens.
	 * @return name or address
	 */
	public String host() {
		return this.backend.host();
	}

	/**
	 * Where it listens; the same after a restart.
	 * @return the port
	 */
	public int port() {
		return this.backend.port();
	}

	/**
	 * How this Redis came to be.
	 * @return the rung
	 */
	public Rung rung() {
		return this.rung;
	}

	/**
	 * Whether it was started here and may be stopped.
	 * @return {@code false} for {@link Rung#GIVEN}
	 */
	public boolean owned() {
		return this.rung != Rung.GIVEN;
	}

	/**
	 * Version that the server reports.
	 * @return such as {@code 7.0.15}
	 */
	public String version() {
		return info("server", "redis_version");
	}

	/**
	 * Send one command.
	 * @param words the command and its arguments
	 * @return its reply; elements of an array are separated by newlines
	 * @throws UncheckedIOException if there is no connection, or the reply is an error
	 */
	public String command(String... words) {
		return io(() -> Resp.command(host(), port(), words));
	}

	/**
	 * Remove all keys of database 0 and all scripts.
	 */
	public void flush() {
		command("FLUSHDB");
		command("SCRIPT", "FLUSH");
	}

	/**
	 * Kill the server: all it held is lost unless it persists, connections break.
	 * @throws UnsupportedOperationException if it is not {@link #owned()}; so do the
	 * following
	 */
	public void stop() {
		run(this.backend::kill);
	}

	/**
	 * Start it again at the same address, empty unless it persists.
	 */
	public void start() {
		run(this.backend::start);
	}

	/**
	 * Kill the server and start it again at the same address, empty unless it persists.
	 */
	public void restart() {
		stop();
		start();
	}

	/**
	 * Freeze the server: connections stay, nothing is answered.
	 */
	public void pause() {
		run(this.backend::pause);
	}

	/**
	 * Go on after {@link #pause()}.
	 */
	public void resume() {
		run(this.backend::resume);
	}

	/**
	 * Start a replica of this server and wait until it is in step. It is closed with this
	 * one.
	 * @return the replica
	 */
	public LocalRedis startReplica() {
		if (!owned()) {
			throw new UnsupportedOperationException("A given Redis cannot be replicated");
		}
		LocalRedis replica = open(this.rung, this.backend.addressForReplicas());
		this.replicas.add(replica);
		long end = System.nanoTime() + 60_000_000_000L;
		while (!replica.info("replication", "master_link_status").equals("up")) {
			if (System.nanoTime() > end) {
				throw new IllegalStateException("The replica does not reach its primary");
			}
			Resp.pause();
		}
		return replica;
	}

	/**
	 * Make a primary of this replica; what it has not received by now is lost.
	 */
	public void promote() {
		command("REPLICAOF", "NO", "ONE");
	}

	private String info(String section, String field) {
		return command("INFO", section).lines()
			.filter((line) -> line.startsWith(field + ":"))
			.map((line) -> line.substring(field.length() + 1).trim())
			.findFirst()
			.orElse("");
	}

	/**
	 * End the server and its replicas if they were started here.
	 */
	@Override
	public void close() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		this.replicas.forEach(LocalRedis::close);
		run(this.backend::close);
	}

	@Override
	public String toString() {
		return "Redis at " + host() + ":" + port() + " (" + this.rung + ")";
	}

	private static void run(Action action) {
		io(() -> {
			action.run();
			return "";
		});
	}

	private static <T> T io(Io<T> action) {
		try {
			return action.call();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@FunctionalInterface
	private interface Io<T> {

		T call() throws IOException;

	}

	@FunctionalInterface
	private interface Action {

		void run() throws IOException;

	}

}
