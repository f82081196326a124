package com.example.redis;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A container. Its port on the host is chosen here, since Docker chooses another one at
 * each start.
 */
final class DockerRedis implements Backend {

	static final String IMAGE = "redis:7-alpine";

	private static final int PORT = 6379;

	private final GenericContainer<?> container;

	private final int port;

	private DockerRedis(GenericContainer<?> container, int port) {
		this.container = container;
		this.port = port;
	}

	/**
	 * Whether it is worth asking: the question is answered with a page of log otherwise.
	 * @return {@code false} if there is no trace of Docker
	 */
	static boolean isThinkable() {
		if (System.getenv("DOCKER_HOST") != null || File.separatorChar == '\\') {
			return true;
		}
		String home = System.getProperty("user.home");
		String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "/run/user/0");
		return Stream
			.of("/var/run/docker.sock", home + "/.testcontainers.properties", home + "/.docker/run/docker.sock",
					home + "/.docker/desktop/docker.sock", runtime + "/docker.sock", runtime + "/podman/podman.sock")
			.anyMatch((path) -> Files.exists(Path.of(path)));
	}

	static DockerRedis create(@Nullable String replicaOf) {
		String host = DockerClientFactory.instance().dockerHostIpAddress();
		String bind = Set.of("localhost", "127.0.0.1", "::1").contains(host) ? "127.0.0.1" : "0.0.0.0";
		int port = FreePort.find();
		List<String> command = new ArrayList<>(List.of("redis-server", "--save", "", "--appendonly", "no"));
		if (replicaOf != null) {
			command.add("--replicaof");
			command.addAll(List.of(replicaOf.split(" ")));
		}
		GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE)).withExposedPorts(PORT)
			.withCommand(command.toArray(String[]::new))
			.withCreateContainerCmdModifier((create) -> {
				HostConfig hostConfig = create.getHostConfig();
				if (hostConfig != null) {
					hostConfig
						.withPortBindings(new PortBinding(Binding.bindIpAndPort(bind, port), new ExposedPort(PORT)));
				}
			});
		try {
			container.start();
		}
		catch (RuntimeException ex) {
			container.stop();
			throw ex;
		}
		return new DockerRedis(container, port);
	}

	private DockerClient docker() {
		return this.container.getDockerClient();
	}

	@Override
	public String host() {
		return this.container.getHost();
	}

	@Override
	public int port() {
		return this.port;
	}

	@Override
	public String addressForReplicas() {
		for (ContainerNetwork network : this.container.getContainerInfo().getNetworkSettings().getNetworks().values()) {
			return network.getIpAddress() + " " + PORT;
		}
		throw new IllegalStateException("The container has no network");
	}

	@Override
	public void start() throws IOException {
		docker().startContainerCmd(this.container.getContainerId()).exec();
		Resp.awaitAnswer(host(), port());
	}

	@Override
	public void kill() {
		docker().killContainerCmd(this.container.getContainerId()).exec();
	}

	@Override
	public void pause() {
		docker().pauseContainerCmd(this.container.getContainerId()).exec();
	}

	@Override
	public void resume() {
		docker().unpauseContainerCmd(this.container.getContainerId()).exec();
	}

	@Override
	public void close() {
		this.container.stop();
	}

}
