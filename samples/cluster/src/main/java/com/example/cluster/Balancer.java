package com.example.cluster;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/**
 * Forwards each TCP connection to any pod, without memory of who came before. When a pod
 * refuses it tries the next one.
 */
final class Balancer implements AutoCloseable {

	private static final int CONNECT_TIMEOUT = 1_000;

	private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

	private final Map<Integer, String> targets = new ConcurrentHashMap<>();

	private final Set<Link> links = ConcurrentHashMap.newKeySet();

	private final Channel server;

	Balancer() {
		this.server = new ServerBootstrap().group(this.group)
			.channel(NioServerSocketChannel.class)
			.childOption(ChannelOption.AUTO_READ, false)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(new ChannelInitializer<Channel>() {

				@Override
				protected void initChannel(Channel channel) {
					List<Map.Entry<Integer, String>> candidates = new ArrayList<>(Balancer.this.targets.entrySet());
					Collections.shuffle(candidates);
					connect(channel, candidates);
				}

			})
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
			.syncUninterruptibly()
			.channel();
	}

	int port() {
		return ((InetSocketAddress) this.server.localAddress()).getPort();
	}

	void add(String pod, int port) {
		this.targets.put(port, pod);
	}

	void remove(int port) {
		this.targets.remove(port);
	}

	/**
	 * Connections to a pod.
	 * @param pod its name
	 * @return how many
	 */
	long connections(String pod) {
		return this.links.stream().filter((link) -> link.pod.equals(pod)).count();
	}

	/**
	 * Break connections without a closing handshake.
	 * @param which which ones
	 * @return how many
	 */
	int cut(Predicate<String> which) {
		int cut = 0;
		for (Link link : this.links) {
			if (which.test(link.pod)) {
				link.reset();
				cut++;
			}
		}
		return cut;
	}

	private void connect(Channel client, List<Map.Entry<Integer, String>> candidates) {
		if (candidates.isEmpty()) {
			client.close();
			return;
		}
		Map.Entry<Integer, String> candidate = candidates.remove(0);
		ChannelFuture connecting = new Bootstrap().group(client.eventLoop())
			.channel(NioSocketChannel.class)
			.option(ChannelOption.AUTO_READ, false)
			.option(ChannelOption.TCP_NODELAY, true)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT)
			.handler(new ChannelInboundHandlerAdapter())
			.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate.getKey()));
		connecting.addListener((done) -> {
			if (done.isSuccess()) {
				join(new Link(candidate.getValue(), client, connecting.channel()));
			}
			else {
				connect(client, candidates);
			}
		});
	}

	private void join(Link link) {
		this.links.add(link);
		link.client.closeFuture().addListener((closed) -> this.links.remove(link));
		forward(link.client, link.server);
		forward(link.server, link.client);
	}

	private static void forward(Channel from, Channel to) {
		from.pipeline().addLast(new Forward(to));
		from.read();
	}

	@Override
	public void close() {
		this.server.close().syncUninterruptibly();
		this.group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	private record Link(String pod, Channel client, Channel server) {

		void reset() {
			reset(this.client);
			reset(this.server);
		}

		private static void reset(Channel channel) {
			channel.eventLoop().execute(() -> {
				if (channel.isOpen()) {
					try {
						channel.config().setOption(ChannelOption.SO_LINGER, 0);
					}
					catch (ChannelException ex) {
						// The other end was faster.
					}
					channel.close();
				}
			});
		}

	}

	/**
	 * Bytes of one side go to the other, no faster than it takes them.
	 */
	private static final class Forward extends ChannelInboundHandlerAdapter {

		private final Channel to;

		Forward(Channel to) {
			this.to = to;
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			this.to.writeAndFlush(message).addListener((written) -> {
				if (written.isSuccess()) {
					context.read();
				}
				else {
					context.close();
				}
			});
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) {
			if (this.to.isActive()) {
				// Behind what is still to be written.
				this.to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			context.close();
		}

	}

}
