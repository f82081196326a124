package io.agentsocket.session.redis;

import java.time.Duration;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Transports;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Makes clients of Lettuce that live on a given event loop, with all settings of the
 * application's own client.
 */
final class LoopClients {

	/**
	 * Time without an answer after which a connection is of no use: as long as it takes
	 * until the step of a session counts as not stored.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	private final LettuceConnectionFactory factory;

	private volatile boolean checked;

	private LoopClients(LettuceConnectionFactory factory) {
		this.factory = factory;
	}

	/**
	 * Clients that lead to where a factory leads; null when only the factory knows how. A
	 * subclass may have changed how clients are made.
	 */
	static @Nullable LoopClients to(ReactiveRedisConnectionFactory factory) {
		return (factory.getClass() == LettuceConnectionFactory.class
				&& factory instanceof LettuceConnectionFactory lettuce && !lettuce.isClusterAware()
				&& lettuce.getSocketConfiguration() == null) ? new LoopClients(lettuce) : null;
	}

	/**
	 * Whether the channels of Lettuce can live on an event loop: Lettuce and Reactor
	 * Netty choose their transports each by its own rule, and a channel of the one cannot
	 * be on an event loop of the other. Not on the event loop itself.
	 */
	static boolean fits(EventLoop loop) {
		Channel channel = new ReflectiveChannelFactory<>(Transports.socketChannelClass()).newChannel();
		boolean fits = loop.register(channel).awaitUninterruptibly().isSuccess();
		if (channel.isRegistered()) {
			channel.close();
		}
		else {
			channel.unsafe().closeForcibly();
		}
		return fits;
	}

	/** The channels of Lettuce. */
	static String transport() {
		return Transports.socketChannelClass().getSimpleName();
	}

	/** A client, which the caller shuts down; blocks the first time. */
	RedisClient client(EventLoop loop) {
		check();
		RedisSentinelConfiguration sentinel = this.factory.getSentinelConfiguration();
		RedisConfiguration where = (sentinel != null) ? sentinel : this.factory.getStandaloneConfiguration();
		return new Clients(where, configuration(loop)).client();
	}

	/** A connection that a client of an event loop makes; blocks. */
	LoopConnection connect(RedisClient client, EventLoop loop) {
		Duration timeout = this.factory.getClientConfiguration().getCommandTimeout();
		// A timeout of 0 is none.
		boolean shorter = timeout.toMillis() > 0 && timeout.compareTo(PATIENCE) < 0;
		return new LoopConnection(loop, client.connect(ByteArrayCodec.INSTANCE), shorter ? timeout : PATIENCE);
	}

	/**
	 * A factory for a fixed set of replicas cannot be told from one for a single Redis,
	 * and has an address that means nothing. Its client has no address at all, and
	 * refuses to connect. Nobody but the factory knows the addresses then.
	 */
	private void check() {
		if (!this.checked) {
			RedisClient client = (RedisClient) this.factory.getRequiredNativeClient();
			try (StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE)) {
				this.checked = connection.isOpen();
			}
		}
	}

	private LettuceClientConfiguration configuration(EventLoop loop) {
		LettuceClientConfiguration theirs = this.factory.getClientConfiguration();
		ClientResources resources = this.factory.getRequiredNativeClient().getResources();
		LettuceClientConfiguration.LettuceClientConfigurationBuilder builder = LettuceClientConfiguration.builder()
			.clientResources(new LoopResources(resources, loop))
			.commandTimeout(theirs.getCommandTimeout())
			.shutdownTimeout(Duration.ZERO);
		builder.clientOptions(options(theirs.getClientOptions().orElseGet(ClientOptions::create)));
		theirs.getClientName().ifPresent(builder::clientName);
		theirs.getRedisCredentialsProviderFactory().ifPresent(builder::redisCredentialsProviderFactory);
		if (theirs.isUseSsl()) {
			LettuceClientConfiguration.LettuceSslClientConfigurationBuilder ssl = builder.useSsl()
				.verifyPeer(theirs.getVerifyMode());
			return theirs.isStartTls() ? ssl.startTls().build() : ssl.build();
		}
		return builder.build();
	}

	/**
	 * A step that waits for a connection that broke must not wait until that comes back:
	 * it fails, and is repeated on another connection. So nothing is connected again or
	 * repeated by Lettuce, and no command needs a timer of its own.
	 */
	private static ClientOptions options(ClientOptions theirs) {
		return theirs.mutate()
			.autoReconnect(false)
			.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
			.timeoutOptions(TimeoutOptions.create())
			.build();
	}

	/** Never started: it only knows how settings become a client. */
	private static final class Clients extends LettuceConnectionFactory {

		Clients(RedisConfiguration where, LettuceClientConfiguration configuration) {
			super(where, configuration);
		}

		RedisClient client() {
			return (RedisClient) createClient();
		}

	}

}
