package io.agentsocket.session.redis;

import java.util.concurrent.TimeUnit;

import io.lettuce.core.event.EventBus;
import io.lettuce.core.event.EventPublisherOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.DnsResolver;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.SocketAddressResolver;
import io.lettuce.core.tracing.Tracing;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.Timer;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;

/**
 * The resources of the application's client of Redis, with one event loop in place of
 * those of Lettuce. Everything here belongs to somebody else, who ends it.
 */
final class LoopResources implements ClientResources, EventLoopGroupProvider {

	private final ClientResources theirs;

	private final EventLoop loop;

	LoopResources(ClientResources theirs, EventLoop loop) {
		this.theirs = theirs;
		this.loop = loop;
	}

	@Override
	public EventLoopGroupProvider eventLoopGroupProvider() {
		return this;
	}

	/** An event loop is a group of one; Lettuce asks for no more than a group. */
	@Override
	@SuppressWarnings("unchecked")
	public <T extends EventLoopGroup> T allocate(Class<T> type) {
		return (T) this.loop;
	}

	@Override
	public int threadPoolSize() {
		return 1;
	}

	@Override
	public Future<Boolean> release(EventExecutorGroup eventLoopGroup, long quietPeriod, long timeout, TimeUnit unit) {
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
	}

	@Override
	public Future<Boolean> shutdown() {
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
	}

	@Override
	public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit timeUnit) {
		return shutdown();
	}

	@Override
	public Builder mutate() {
		return this.theirs.mutate();
	}

	@Override
	public AddressResolverGroup<?> addressResolverGroup() {
		return this.theirs.addressResolverGroup();
	}

	@Override
	public EventPublisherOptions commandLatencyPublisherOptions() {
		return this.theirs.commandLatencyPublisherOptions();
	}

	@Override
	public CommandLatencyRecorder commandLatencyRecorder() {
		return this.theirs.commandLatencyRecorder();
	}

	@Override
	public int computationThreadPoolSize() {
		return this.theirs.computationThreadPoolSize();
	}

	/**
	 * Part of the interface up to Lettuce 6, so that nothing is overridden with Lettuce
	 * 7. Resources ask for it only when their {@link #socketAddressResolver()} is made,
	 * and that is the one of the application's client here.
	 */
	@SuppressWarnings({ "MissingOverride", "deprecation" })
	public DnsResolver dnsResolver() {
		return DnsResolver.unresolved();
	}

	@Override
	public EventBus eventBus() {
		return this.theirs.eventBus();
	}

	@Override
	public EventExecutorGroup eventExecutorGroup() {
		return this.theirs.eventExecutorGroup();
	}

	@Override
	public int ioThreadPoolSize() {
		return 1;
	}

	@Override
	public NettyCustomizer nettyCustomizer() {
		return this.theirs.nettyCustomizer();
	}

	@Override
	public Delay reconnectDelay() {
		return this.theirs.reconnectDelay();
	}

	@Override
	public SocketAddressResolver socketAddressResolver() {
		return this.theirs.socketAddressResolver();
	}

	@Override
	public Timer timer() {
		return this.theirs.timer();
	}

	@Override
	public Tracing tracing() {
		return this.theirs.tracing();
	}

}
