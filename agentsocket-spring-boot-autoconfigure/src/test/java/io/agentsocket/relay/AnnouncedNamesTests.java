package io.agentsocket.relay;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.push.Announcements;
import io.agentsocket.relay.push.PodCalls;
import io.agentsocket.relay.push.PodChannel;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

/**
 * Names of actions that functions have announced, in an attribute that several pods see.
 * The pod that had them is dead.
 */
class AnnouncedNamesTests {

	private static final String NAME = "report.next";

	private static final AnnouncedNames.Holder DEAD = new AnnouncedNames.Holder("shop", "dead");

	private static final AnnouncedNames.Holder HEIR = new AnnouncedNames.Holder("shop", "heir");

	private final AgentSession session = mock(AgentSession.class);

	private final AtomicReference<@Nullable String> attribute = new AtomicReference<>();

	private final Channel channel = new Channel("here");

	private final AnnouncedNames names = names(this.channel);

	private final AnnouncedNames heirs = names(new Channel("heir"));

	/** Done once, when the attribute has been read. */
	private Runnable meanwhile = () -> {
	};

	private static AnnouncedNames names(Channel channel) {
		return new AnnouncedNames(TestFunction.JSON,
				new PodCalls(channel, TestFunction.JSON, Schedulers.parallel(), (request) -> Mono.just(202)));
	}

	@BeforeEach
	void store() {
		when(this.session.id()).thenReturn("s1");
		when(this.session.updateAttribute(any(), eq(String.class), any())).thenAnswer((call) -> {
			UnaryOperator<@Nullable String> change = call.getArgument(2);
			return Mono.justOrEmpty(this.attribute.updateAndGet(change)).doOnTerminate(() -> {
				Runnable once = this.meanwhile;
				this.meanwhile = () -> {
				};
				once.run();
			});
		});
		names(new Channel("dead")).take(this.session, NAME, "shop").block(Await.LONG);
	}

	private void inherit() {
		assertThat(this.heirs.inherit(this.session, NAME, "shop", "dead").block(Await.LONG)).isTrue();
	}

	@Test
	void nameOfADeadPodIsReleased() {
		assertThat(this.names.release(this.session, NAME, DEAD).block(Await.LONG)).isNull();
		assertThat(this.attribute).hasValue(null);
		assertThat(this.heirs.inherit(this.session, NAME, "shop", "dead").block(Await.LONG)).isFalse();
	}

	@Test
	void nameThatAnotherPodHasInheritedStays() {
		inherit();
		assertThat(this.names.release(this.session, NAME, DEAD).block(Await.LONG)).isEqualTo(HEIR);
		assertThat(this.names.all(this.session).block(Await.LONG)).containsOnly(Map.entry(NAME, HEIR));
	}

	@Test
	void heirThatComesMeanwhileIsToldOfTheWithdrawal() {
		FunctionRelay relay = mock(FunctionRelay.class);
		when(relay.announced()).thenReturn(this.names);
		when(relay.settings())
			.thenReturn(RelayFixture.settings("shop", URI.create("http://127.0.0.1:1/"), RelayFixture.TIMES));
		this.meanwhile = this::inherit;
		new RelayedActions(relay, new ActionCatalog())
			.withdraw(new Announcements.Target(this.session, ActionCatalog::new), NAME)
			.block(Await.LONG);
		assertThat(this.channel.sent).containsExactly("heir is asked to withdraw " + NAME);
	}

	/** All pods but one live, and take what they are asked. */
	private static final class Channel implements PodChannel {

		private final String pod;

		private final List<String> sent = new ArrayList<>();

		private @Nullable Consumer<Bytes> receiver;

		Channel(String pod) {
			this.pod = pod;
		}

		@Override
		public String pod() {
			return this.pod;
		}

		@Override
		public boolean isAlive(String pod) {
			return !isGone(pod);
		}

		@Override
		public boolean isGone(String pod) {
			return pod.equals("dead");
		}

		@Override
		public Mono<Void> send(String pod, Bytes message) {
			Map<String, Object> asked = TestFunction.JSON.decodeMap(message);
			this.sent.add(pod + " is asked to withdraw " + asked.get("withdraw"));
			Objects.requireNonNull(this.receiver)
				.accept(TestFunction.JSON.encodeMap(Map.of("id", String.valueOf(asked.get("id")), "status", 202)));
			return Mono.empty();
		}

		@Override
		public void onMessage(Consumer<Bytes> receiver) {
			this.receiver = receiver;
		}

	}

}
