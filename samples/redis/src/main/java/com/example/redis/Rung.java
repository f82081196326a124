package com.example.redis;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import redis.embedded.core.ExecutableProvider;

/**
 * The ways to come by a Redis, in the order in which they are tried.
 */
public enum Rung {

	/**
	 * A server that is there already: {@code AGENTSOCKET_TEST_REDIS=host:port} in the
	 * environment. Its database 0 is emptied.
	 */
	GIVEN("given by " + GivenRedis.VARIABLE) {

		@Override
		Backend start(@Nullable String replicaOf) {
			if (replicaOf != null) {
				throw new UnsupportedOperationException("A given Redis cannot be replicated");
			}
			String address = System.getenv(GivenRedis.VARIABLE);
			if (address == null || address.isBlank()) {
				throw new IllegalStateException(GivenRedis.VARIABLE + " is not set");
			}
			return GivenRedis.at(address);
		}

	},

	/**
	 * A container, by Testcontainers.
	 */
	DOCKER("container " + DockerRedis.IMAGE) {

		@Override
		Backend start(@Nullable String replicaOf) {
			if (!DockerRedis.isThinkable() || !DockerClientFactory.instance().isDockerAvailable()) {
				throw new IllegalStateException("There is no Docker");
			}
			return DockerRedis.create(replicaOf);
		}

	},

	/**
	 * The {@code redis-server} of the machine, or its {@code valkey-server}.
	 */
	PATH("server on the PATH") {

		@Override
		Backend start(@Nullable String replicaOf) throws IOException {
			return ProcessRedis.create(serverOnPath(), replicaOf);
		}

		@Override
		Backend startNode() throws IOException {
			return ProcessRedis.createNode(serverOnPath());
		}

		@Override
		Backend startPersistent() throws IOException {
			return ProcessRedis.createPersistent(serverOnPath());
		}

	},

	/**
	 * A server that comes as a Maven artifact.
	 */
	EMBEDDED("embedded Redis from Maven") {

		@Override
		Backend start(@Nullable String replicaOf) throws IOException {
			return ProcessRedis.create(Rung::unpacked, replicaOf);
		}

		@Override
		Backend startNode() throws IOException {
			return ProcessRedis.createNode(Rung::unpacked);
		}

		@Override
		Backend startPersistent() throws IOException {
			return ProcessRedis.createPersistent(Rung::unpacked);
		}

	};

	private static final List<String> SERVERS = List.of("redis-server", "valkey-server");

	private final String description;

	Rung(String description) {
		this.description = description;
	}

	/**
	 * Start a server.
	 * @param replicaOf host and port of the primary, separated by a blank; {@code null}
	 * for a primary
	 * @return a server that answers
	 * @throws IOException if it does not start
	 */
	abstract Backend start(@Nullable String replicaOf) throws IOException;

	/**
	 * Start a server that may belong to a cluster.
	 * @return a server that answers, and has no slots
	 * @throws IOException if it does not start
	 */
	Backend startNode() throws IOException {
		throw new IOException("There are no clusters on this rung");
	}

	/**
	 * Start a server that keeps what it has confirmed when it is killed.
	 * @return a server that answers
	 * @throws IOException if it does not start
	 */
	Backend startPersistent() throws IOException {
		throw new IOException("Nothing persists on this rung");
	}

	static String unpacked(Path directory) throws IOException {
		return ExecutableProvider.newJarResourceProvider(directory.toFile()).get().getAbsolutePath();
	}

	static ProcessRedis.Executable serverOnPath() throws IOException {
		String executable = onPath(SERVERS, System.getenv().getOrDefault("PATH", "")).toString();
		return (directory) -> executable;
	}

	static Path onPath(List<String> executables, String path) throws IOException {
		for (String executable : executables) {
			Path found = onPath(executable, path);
			if (found != null) {
				return found;
			}
		}
		throw new FileNotFoundException("There is no " + String.join(" and no ", executables) + " on the PATH");
	}

	private static @Nullable Path onPath(String executable, String path) {
		for (String directory : path.split(File.pathSeparator)) {
			Path candidate = Path.of(directory, executable);
			if (!directory.isEmpty() && Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
				return candidate;
			}
		}
		return null;
	}

	@Override
	public String toString() {
		return this.description;
	}

}
