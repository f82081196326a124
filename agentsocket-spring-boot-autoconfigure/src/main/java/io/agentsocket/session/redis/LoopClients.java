package io.agentsocket.session.redis;

import java.time.Duration;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
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

	/** A client, which the caller shuts down; blocks the first time. */
	RedisClient client(EventLoop loop) {
		check();
		RedisSentinelConfiguration sentinel = this.factory.getSentinelConfiguration();
		RedisConfiguration where = (sentinel != null) ? sentinel : this.factory.getStandaloneConfiguration();
		return new Clients(where, configuration(loop)).client();
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
		theirs.getClientOptions().ifPresent(builder::clientOptions);
		theirs.getClientName().ifPresent(builder::clientName);
		theirs.getRedisCredentialsProviderFactory().ifPresent(builder::redisCredentialsProviderFactory);
		if (theirs.isUseSsl()) {
			LettuceClientConfiguration.LettuceSslClientConfigurationBuilder ssl = builder.useSsl()
				.verifyPeer(theirs.getVerifyMode());
			return theirs.isStartTls() ? ssl.startTls().build() : ssl.build();
		}
		return builder.build();
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
