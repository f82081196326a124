package io.agentsocket.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemoryPods;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;
import reactor.util.function.Tuple2;

import org.springframework.test.util.ReflectionTestUtils;

/**
 * Pods in one process that share a store, behind a balancer that a test points to one of
 * them. A pod that is killed sends and writes nothing any more.
 */
public final class TestCluster implements AutoCloseable {

	/** Parts of a pod apart from its actions. */
	public interface Backing extends AutoCloseable {

		SessionStore store();

		SessionAttributes attributes();

		PodLink link(String pod);

		/** Closes its connections; called when the cluster is closed. */
		@Override
		default void close() {
		}

	}

	/** Tests wait for the death of a pod, and pods of one process hardly ever err. */
	private static final Duration LOOK = Duration.ofMillis(50);

	private final Backing backing;

	private final Durability durability;

	private final BiConsumer<String, AgentSocketServerBuilder> more;

	private final Duration drainTimeout;

	private final Duration idleTimeout;

	private final Supplier<Action[]> actions;

	private final List<Pod> pods = new CopyOnWriteArrayList<>();

	private final AtomicInteger names = new AtomicInteger();

	private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

	private final DisposableServer balancer;

	private volatile @Nullable Pod target;

	private volatile boolean shut;

	private volatile boolean loseWelcome;

	/** Messages of the pods wait for it. */
	private volatile Sinks.Empty<Void> answers = Sinks.empty();

	public TestCluster(Durability durability, int pods, Supplier<Action[]> actions) {
		this(inMemory(), durability, pods, actions);
	}

	public TestCluster(Backing backing, Durability durability, int pods, Supplier<Action[]> actions) {
		this(backing, durability, ServerSettings.DEFAULTS.idleTimeout(), pods, actions);
	}

	/** Pods that have more time to leave, or less. */
	public TestCluster(Duration drainTimeout, Durability durability, int pods, Supplier<Action[]> actions) {
		this(inMemory(), durability, ServerSettings.DEFAULTS.idleTimeout(), drainTimeout, pods, (pod, builder) -> {
		}, actions);
	}

	public TestCluster(Backing backing, Durability durability, Duration idleTimeout, int pods,
			Supplier<Action[]> actions) {
		this(backing, durability, idleTimeout, Duration.ofSeconds(2), pods, (pod, builder) -> {
		}, actions);
	}

	/** Pods whose servers are built with more, by name. */
	public TestCluster(Durability durability, int pods, BiConsumer<String, AgentSocketServerBuilder> more,
			Supplier<Action[]> actions) {
		this(inMemory(), durability, ServerSettings.DEFAULTS.idleTimeout(), Duration.ofSeconds(2), pods, more, actions);
	}

	/** The same in any store. */
	public TestCluster(Backing backing, Durability durability, int pods,
			BiConsumer<String, AgentSocketServerBuilder> more, Supplier<Action[]> actions) {
		this(backing, durability, ServerSettings.DEFAULTS.idleTimeout(), Duration.ofSeconds(2), pods, more, actions);
	}

	/** The same with pods that have more time to leave, or less. */
	public TestCluster(Backing backing, Durability durability, Duration drainTimeout, int pods,
			BiConsumer<String, AgentSocketServerBuilder> more, Supplier<Action[]> actions) {
		this(backing, durability, ServerSettings.DEFAULTS.idleTimeout(), drainTimeout, pods, more, actions);
	}

	private TestCluster(Backing backing, Durability durability, Duration idleTimeout, Duration drainTimeout, int pods,
			BiConsumer<String, AgentSocketServerBuilder> more, Supplier<Action[]> actions) {
		this.more = more;
		this.drainTimeout = drainTimeout;
		this.backing = backing;
		this.durability = durability;
		this.idleTimeout = idleTimeout;
		this.actions = actions;
		for (int i = 0; i < pods; i++) {
			start();
		}
		this.target = this.pods.get(0);
		goOn();
		this.balancer = TcpServer.create()
			.host("127.0.0.1")
			.port(0)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.doOnConnection(this::forward)
			.bindNow(Await.LONG);
	}

	/** Everything is of this process. */
	public static Backing inMemory() {
		return inMemory(InMemorySessionStore.shared(Clock.systemUTC()));
	}

	/** Everything but the store is of this process, too. */
	public static Backing inMemory(SessionStore store) {
		SessionAttributes attributes = SpringSessionAttributes.inMemory();
		InMemoryPods links = new InMemoryPods(LOOK);
		return new Backing() {

			@Override
			public SessionStore store() {
				return store;
			}

			@Override
			public SessionAttributes attributes() {
				return attributes;
			}

			@Override
			public PodLink link(String pod) {
				return links.link(pod);
			}

		};
	}

	public Pod start() {
		Pod pod = new Pod("pod" + this.names.incrementAndGet());
		this.pods.add(pod);
		return pod;
	}

	public Pod pod(int index) {
		return this.pods.get(index);
	}

	public int size() {
		return this.pods.size();
	}

	/** Nothing waits any more. */
	public void releaseAll() {
		this.pods.forEach(Pod::release);
	}

	/** Cut some connections at the balancer. */
	public void cutSome(Random random) {
		present().forEach((connection) -> {
			if (random.nextBoolean()) {
				connection.channel().close();
			}
		});
	}

	/** New connections go to this pod. */
	public void target(Pod pod) {
		this.target = pod;
		this.shut = false;
	}

	public String uri() {
		return "ws://127.0.0.1:" + this.balancer.port() + "/agentsocket";
	}

	/** New connections go to any pod. */
	public void spread() {
		this.target = null;
		this.shut = false;
	}

	/** Cut all connections at the balancer. */
	public void cut() {
		present().forEach((connection) -> connection.channel().close());
	}

	/** Without those that clients open as soon as the first is cut. */
	private List<Connection> present() {
		return List.copyOf(this.connections);
	}

	/**
	 * Cut all connections at the balancer. New ones are cut, too, until they have a
	 * target.
	 */
	public void shut() {
		this.shut = true;
		cut();
	}

	private void forward(Connection inbound) {
		inbound.channel().config().setAutoRead(false);
		this.connections.add(inbound);
		inbound.onDispose(() -> this.connections.remove(inbound));
		Pod next = next();
		if (this.shut || next == null) {
			inbound.channel().close();
			return;
		}
		TcpClient.create()
			.host("127.0.0.1")
			.port(next.port())
			.option(ChannelOption.TCP_NODELAY, true)
			.connect()
			.subscribe((outbound) -> {
				inbound.onDispose(outbound::dispose);
				outbound.outbound().send(received(inbound)).then().subscribe(null, this::broken);
				Flux<ByteBuf> downstream = received(outbound);
				if (this.loseWelcome) {
					this.loseWelcome = false;
					downstream = lose(downstream, inbound);
				}
				inbound.outbound()
					.send(downstream.index()
						.delayUntil(this::mayPass)
						.doOnDiscard(Tuple2.class, (answer) -> ReferenceCountUtil.safeRelease(answer.getT2()))
						.map(Tuple2::getT2))
					.then()
					.doFinally((signal) -> inbound.dispose())
					.subscribe(null, this::broken);
				inbound.channel().config().setAutoRead(true);
			}, (error) -> inbound.channel().close());
	}

	/** Null when all have left. */
	private @Nullable Pod next() {
		Pod chosen = this.target;
		List<Pod> all = List.copyOf(this.pods);
		return (chosen != null || all.isEmpty()) ? chosen : all.get(ThreadLocalRandom.current().nextInt(all.size()));
	}

	/** Bytes that a connection receives; released also when it goes nowhere any more. */
	private static Flux<ByteBuf> received(Connection connection) {
		return connection.inbound().receive().retain().doOnDiscard(ByteBuf.class, ReferenceCountUtil::safeRelease);
	}

	/** Bytes behind the answer to the upgrade are lost, and the connection with them. */
	private static Flux<ByteBuf> lose(Flux<ByteBuf> answers, Connection inbound) {
		return answers.index().handle((answer, sink) -> {
			if (answer.getT1() == 0) {
				sink.next(answer.getT2());
			}
			else {
				answer.getT2().release();
				inbound.channel().close();
			}
		});
	}

	/** The WELCOME of the next connection does not arrive. */
	public void loseWelcome() {
		this.loseWelcome = true;
	}

	/** The answer to the upgrade and WELCOME always do. */
	private Mono<Void> mayPass(Tuple2<Long, ByteBuf> answer) {
		return (answer.getT1() < 2) ? Mono.empty() : this.answers.asMono();
	}

	/** Clients do not read any more, on no connection. */
	public void stall() {
		this.answers = Sinks.empty();
	}

	/** Clients read again. */
	public void goOn() {
		this.answers.tryEmitEmpty();
	}

	private void broken(Throwable error) {
		// Its peers notice by themselves.
	}

	@Override
	public void close() {
		this.balancer.disposeNow(Await.LONG);
		this.pods.forEach(Pod::kill);
		this.backing.close();
	}

	/** A single pod. */
	public final class Pod {

		private final String name;

		private final TestServer server;

		private volatile boolean killed;

		private volatile boolean losing;

		private volatile boolean deaf;

		private volatile Sinks.Empty<Void> gate = open();

		private final AtomicInteger losses = new AtomicInteger();

		private final AtomicInteger lost = new AtomicInteger();

		private final AtomicInteger frames = new AtomicInteger();

		Pod(String name) {
			this.name = name;
			ServerSettings settings = ServerSettings.builder()
				.helloTimeout(Await.LONG)
				// At most the idle timeout counts.
				.unconfirmedTimeout(Await.LONG)
				.idleTimeout(TestCluster.this.idleTimeout)
				.drainTimeout(TestCluster.this.drainTimeout)
				.drainSpread(Duration.ofMillis(200))
				.durability(TestCluster.this.durability)
				.build();
			this.server = new TestServer(settings,
					(builder) -> TestCluster.this.more.accept(name,
							builder.store(mortal(SessionStore.class, TestCluster.this.backing.store()))
								.attributes(ending(TestCluster.this.backing.attributes()))
								.link(mortal(PodLink.class, TestCluster.this.backing.link(name)))),
					TestCluster.this.actions.get());
		}

		private boolean hears(PodMessage message) {
			if (message.type() == PodMessage.Type.FRAMES) {
				this.frames.incrementAndGet();
			}
			return !this.deaf || message.type() != PodMessage.Type.MOVED;
		}

		/** How many messages with frames of agents it has got from other pods. */
		public int frames() {
			return this.frames.get();
		}

		/** Whether it is not told that sessions have moved. */
		public void deaf(boolean isDeaf) {
			this.deaf = isDeaf;
		}

		/** Its peers, owners and followers. */
		List<ServerSession> peers() {
			PodPeers pod = (PodPeers) ReflectionTestUtils.getField(server(), "pod");
			return pod.peers();
		}

		/** Nothing is written to the attributes after its death. */
		private SessionAttributes ending(SessionAttributes attributes) {
			return SessionAttributes.class.cast(Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { SessionAttributes.class }, (proxy, method, args) -> {
						try {
							return (this.killed && Mono.class.equals(method.getReturnType())) ? Mono.never()
									: method.invoke(attributes, args);
						}
						catch (InvocationTargetException ex) {
							throw ex.getCause();
						}
					}));
		}

		/** Its requests are never carried out after its death. */
		private <T> T mortal(Class<T> type, T delegate) {
			return type.cast(Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
					(proxy, method, args) -> {
						try {
							if (isLost(method, args)) {
								this.lost.incrementAndGet();
								return Mono.empty();
							}
							Object result = method.invoke(delegate, args);
							if (method.getName().equals("messages")) {
								return ((Flux<?>) result).filter((message) -> hears((PodMessage) message));
							}
							if (result instanceof Mono<?> mono) {
								return Mono
									.defer(() -> this.killed ? Mono.never() : mono.filter((value) -> !this.killed))
									.delaySubscription(Mono.defer(() -> this.gate.asMono()));
							}
							return result;
						}
						catch (InvocationTargetException ex) {
							throw ex.getCause();
						}
					}));
		}

		private boolean isLost(Method method, Object[] args) {
			return (this.losing && method.getName().equals("send")) || isLostFrame(args);
		}

		private boolean isLostFrame(Object[] args) {
			return args != null && args.length == 2 && args[1] instanceof PodMessage message
					&& message.type() == PodMessage.Type.FRAMES
					&& this.losses.getAndUpdate((left) -> Math.max(0, left - 1)) > 0;
		}

		/** The next messages with frames for other pods get lost on their way. */
		public void loseFrames(int messages) {
			this.losses.set(messages);
		}

		private static Sinks.Empty<Void> open() {
			Sinks.Empty<Void> opened = Sinks.empty();
			opened.tryEmitEmpty();
			return opened;
		}

		/** Its requests to the store and to other pods wait from now on. */
		public void hold() {
			this.gate = Sinks.empty();
		}

		/** Waiting requests are carried out. */
		public void release() {
			this.gate.tryEmitEmpty();
		}

		/** How many of its messages to other pods were lost. */
		public int lost() {
			return this.lost.get();
		}

		/** Its messages to other pods are lost, or not any more. */
		public void lose(boolean losing) {
			this.losing = losing;
		}

		public String name() {
			return this.name;
		}

		public AgentSocketServer server() {
			return this.server.server();
		}

		public TestServer testServer() {
			return this.server;
		}

		int port() {
			return this.server.port();
		}

		/** As with SIGKILL: nothing is said or written any more. */
		public void kill() {
			if (!this.killed) {
				this.killed = true;
				TestCluster.this.pods.remove(this);
				this.server.close();
			}
		}

		/** The balancer hears that the pod is going to leave. */
		public void unready() {
			TestCluster.this.pods.remove(this);
		}

		/** Let the pod go as a deployment does. */
		public void drain() {
			Mono<Void> drained = this.server.server().drain();
			Flux.from((Publisher<Void>) drained).blockLast(Await.LONG);
			kill();
		}

	}

}
