package com.example.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Three primaries of a Redis Cluster on loopback, each with a third of the slots, from
 * the server on the {@code PATH} or the embedded one. Persists nothing and ends with this
 * JVM, as {@link LocalRedis} does. Safe for use by one thread at a time; all methods
 * block.
 */
public final class LocalRedisCluster implements AutoCloseable {

	private static final int NODES = 3;

	private static final int SLOTS = 16_384;

	private static final long PATIENCE = 60_000_000_000L;

	private final Rung rung;

	private final List<Backend> nodes = new ArrayList<>();

	private LocalRedisCluster(Rung rung) {
		this.rung = rung;
	}

	/**
	 * Start a cluster.
	 * @return one that serves all slots
	 * @throws IllegalStateException if there is no server for it, with the reasons
	 */
	public static LocalRedisCluster open() {
		String forced = System.getProperty(LocalRedis.RUNG_PROPERTY, "");
		IllegalStateException none = new IllegalStateException("There is no Redis Cluster for this test");
		for (Rung rung : forced.isEmpty() ? List.of(Rung.PATH, Rung.EMBEDDED)
				: List.of(Rung.valueOf(forced.toUpperCase(Locale.ROOT)))) {
			try {
				return open(rung);
			}
			catch (IOException | UncheckedIOException ex) {
				none.addSuppressed(ex);
			}
		}
		throw none;
	}

	/**
	 * Start a cluster in one way.
	 * @param rung the way
	 * @return one that serves all slots
	 * @throws IOException if that way does not lead to one
	 */
	static LocalRedisCluster open(Rung rung) throws IOException {
		LocalRedisCluster cluster = new LocalRedisCluster(rung);
		try {
			for (int i = 0; i < NODES; i++) {
				cluster.nodes.add(rung.startNode());
			}
			cluster.join();
			return cluster;
		}
		catch (IOException | RuntimeException ex) {
			cluster.close();
			throw ex;
		}
	}

	private void join() throws IOException {
		for (int i = 0; i < NODES; i++) {
			int from = SLOTS * i / NODES;
			int to = SLOTS * (i + 1) / NODES;
			command(i, "CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
			command(i,
					Stream
						.concat(Stream.of("CLUSTER", "ADDSLOTS"), IntStream.range(from, to).mapToObj(Integer::toString))
						.toArray(String[]::new));
		}
		for (int i = 0; i < NODES; i++) {
			for (int other = 0; other < i; other++) {
				command(i, "CLUSTER", "MEET", this.nodes.get(other).host(),
						Integer.toString(this.nodes.get(other).port()));
			}
		}
		long end = System.nanoTime() + PATIENCE;
		for (int i = 0; i < NODES; i++) {
			while (!isWhole(command(i, "CLUSTER", "INFO"))) {
				if (System.nanoTime() > end) {
					throw new IOException("The cluster does not come together: " + command(i, "CLUSTER", "INFO"));
				}
				Resp.pause();
			}
		}
	}

	private static boolean isWhole(String info) {
		return info.contains("cluster_state:ok") && info.contains("cluster_slots_assigned:" + SLOTS)
				&& info.contains("cluster_known_nodes:" + NODES);
	}

	private String command(int node, String... words) throws IOException {
		return Resp.command(this.nodes.get(node).host(), this.nodes.get(node).port(), words);
	}

	/**
	 * Where its nodes listen.
	 * @return host and port of each, separated by a colon
	 */
	public List<String> nodes() {
		return this.nodes.stream().map((node) -> node.host() + ":" + node.port()).toList();
	}

	/**
	 * Send one command to each node.
	 * @param words the command and its arguments
	 * @return the reply of each
	 * @throws UncheckedIOException if there is no connection, or a reply is an error
	 */
	public List<String> command(String... words) {
		try {
			List<String> replies = new ArrayList<>();
			for (int i = 0; i < NODES; i++) {
				replies.add(command(i, words));
			}
			return replies;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * End all nodes.
	 */
	@Override
	public void close() {
		for (Backend node : this.nodes) {
			try {
				node.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	@Override
	public String toString() {
		return "Redis Cluster at " + nodes() + " (" + this.rung + ")";
	}

}
