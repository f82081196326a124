package io.agentsocket.mcp;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Messages from pod to pod about a request: their form, and how many there may be.
 */
class MailedReplyTests {

	private static final RetryMail.Resume RESUME = new RetryMail.Resume(7, Bytes.utf8("state"), "book", "alice", true,
			Bytes.utf8("{}"));

	private final List<RetryMail> sent = new CopyOnWriteArrayList<>();

	private final AtomicInteger ended = new AtomicInteger();

	private final Sinks.Empty<Void> delivered = Sinks.empty();

	private final MailedReply reply = new MailedReply(RESUME, (message) -> {
		this.sent.add(message);
		return this.delivered.asMono();
	}, this.ended::incrementAndGet);

	@Test
	void nothingIsAskedForThatTheClientDoesNotTake() {
		AtomicInteger room = new AtomicInteger();
		this.reply.onRoom(room::incrementAndGet);
		for (int i = 1; i < 16; i++) {
			assertThat(this.reply.progress(i, null, null)).isTrue();
		}
		assertThat(this.reply.progress(16, null, null)).isFalse();
		this.reply.taken(0);
		assertThat(room).hasValue(0);
		this.reply.taken(8);
		assertThat(room).hasValue(1);
		assertThat(this.reply.progress(17, null, null)).isTrue();
		// A pod that counts more than it was sent is not believed.
		this.reply.taken(Integer.MAX_VALUE);
		for (int i = 0; i < 1000; i++) {
			this.reply.progress(20 + i, null, null);
		}
		assertThat(this.sent).hasSize(17 + 32);
	}

	@Test
	void aResultIsHeldUntilItWasHandedOver() {
		AtomicInteger over = new AtomicInteger();
		this.reply.result(CallResult.nothing(), over::incrementAndGet);
		assertThat(over).hasValue(0);
		this.delivered.tryEmitEmpty();
		assertThat(over).hasValue(1);
		this.reply.result(CallResult.nothing(), over::incrementAndGet);
		assertThat(over).hasValue(2);
		assertThat(this.sent).hasSize(1);
		assertThat(this.ended).hasValue(1);
	}

	@Test
	void theEndIsSentWithoutALock() {
		List<Boolean> locked = new CopyOnWriteArrayList<>();
		AtomicReference<MailedReply> ending = new AtomicReference<>();
		Runnable look = () -> locked.add(Thread.holdsLock(ending.get()));
		ending.set(new MailedReply(RESUME, (message) -> Mono.fromRunnable(look), look));
		ending.get().result(CallResult.nothing(), look);
		assertThat(locked).containsExactly(false, false, false);
	}

	@Test
	void progressThatIsLostIsNotWaitedFor() {
		AtomicInteger room = new AtomicInteger();
		this.reply.onRoom(room::incrementAndGet);
		for (int i = 1; i <= 16; i++) {
			this.reply.progress(i, null, null);
		}
		assertThat(room).hasValue(0);
		this.delivered.tryEmitError(new IllegalStateException("No link"));
		Await.until(() -> room.get() == 1);
		// Each message from now on is lost at once.
		for (int i = 17; i <= 1000; i++) {
			int count = i;
			Await.until(() -> this.reply.progress(count, null, null) && this.sent.size() >= count);
		}
		assertThat(((RetryMail.Told) this.sent.get(999)).count()).isEqualTo(1000);
	}

	@Test
	void theEndOfACallIsSentAgain() {
		AtomicInteger over = new AtomicInteger();
		AtomicInteger failures = new AtomicInteger(2);
		List<RetryMail> arrived = new CopyOnWriteArrayList<>();
		MailedReply lossy = new MailedReply(RESUME, (message) -> {
			if (failures.getAndDecrement() > 0) {
				return Mono.error(new IllegalStateException("No link"));
			}
			return Mono.fromRunnable(() -> arrived.add(message));
		}, this.ended::incrementAndGet);
		lossy.result(CallResult.nothing(), over::incrementAndGet);
		assertThat(over).hasValue(0);
		Await.until(() -> over.get() == 1);
		assertThat(arrived).containsExactly(new RetryMail.Result(7, CallResult.nothing()));
		assertThat(this.ended).hasValue(1);
	}

	@Test
	void aClientThatHasLeftIsHeardOfLate() {
		this.reply.gone();
		this.reply.gone();
		AtomicInteger heard = new AtomicInteger();
		this.reply.onCancel(heard::incrementAndGet);
		assertThat(heard).hasValue(1);
		this.reply.questions(Bytes.EMPTY);
		assertThat(this.sent).isEmpty();
		assertThat(this.ended).hasValue(1);
	}

	@Test
	void itemsGoOnWithTheNextRequest() {
		Sinks.Many<Integer> items = Sinks.many().unicast().onBackpressureBuffer();
		Sinks.One<String> question = Sinks.one();
		Object tool = new Object() {
			@AgentTool("book")
			Flux<Integer> book(AgentExchange exchange) {
				return Flux.merge(items.asFlux(),
						question.asMono().flatMap((text) -> exchange.ask(text, String.class)).map(Integer::valueOf));
			}
		};
		AgentTools tools = AgentTools.builder().build();
		ActionCatalog catalog = new ActionCatalog();
		catalog.addAll(tools.actionsOf(tool));
		try (AgentSocketServer server = AgentSocketServer.builder(catalog)
			.questionSender(new QuestionSender(tools.typeSchemas(), QuestionSender.TIMEOUT))
			.build()) {
			McpSettings settings = new McpSettings("test", "1", null, 10_000, 10_000, 32, Await.LONG, Await.LONG,
					Await.LONG, 10, 1);
			RequestStates states = new RequestStates(Await.LONG, () -> "pod", System::currentTimeMillis);
			ParkedCalls parking = new ParkedCalls(states, JacksonCodec.json(), 10, Await.LONG, Schedulers.parallel());
			McpCalls calls = new McpCalls(new CallContext(server.directCalls(), JacksonCodec.json(), settings,
					new QuestionForms(JacksonCodec.json()), parking, new RunningCalls(Schedulers.parallel())));
			calls.begin(tools.actionsOf(tool).iterator().next(), new McpSession(null, null, new AgentInfo("test", "1")),
					new RpcMessage(), this.reply, Context.empty());
			IntStream.range(0, 30).forEach(items::tryEmitNext);
			question.tryEmitValue("Sure?");
			Await.until(() -> this.sent.get(this.sent.size() - 1) instanceof RetryMail.Questions);
			// Its client has taken none of so many items.
			assertThat(this.sent).hasSizeLessThan(30);
			RetryMail.Questions asked = (RetryMail.Questions) this.sent.get(this.sent.size() - 1);
			String state = JsonMapper.shared()
				.readTree("{" + asked.members().toUtf8() + "}")
				.path("requestState")
				.asString();
			List<RetryMail> later = new CopyOnWriteArrayList<>();
			MailedReply next = new MailedReply(RESUME, (message) -> Mono.fromRunnable(() -> later.add(message)), () -> {
			});
			calls.resume(RequestStates.parse(state), "book", null,
					Bytes.utf8("{\"q1\":{\"action\":\"accept\",\"content\":{\"value\":\"77\"}}}"), next);
			items.tryEmitComplete();
			Await.until(() -> later.stream().anyMatch(RetryMail.Result.class::isInstance));
			RetryMail.Result result = (RetryMail.Result) later.get(later.size() - 1);
			assertThat(result.members().toUtf8()).contains("29").contains("77");
		}
	}

	@Test
	void noProgressIsSentThatNobodyWants() {
		MailedReply quiet = new MailedReply(new RetryMail.Resume(7, Bytes.EMPTY, "book", null, false, Bytes.EMPTY),
				(message) -> {
					this.sent.add(message);
					return Mono.empty();
				}, () -> {
				});
		assertThat(quiet.progress(1, null, null)).isTrue();
		assertThat(this.reply.progress(Double.NaN, null, null)).isTrue();
		assertThat(this.sent).isEmpty();
	}

	@Test
	void whatIsWrittenIsRead() {
		RpcError error = RpcError.missesForms("No forms");
		List<RetryMail> all = List.of(RESUME, new RetryMail.Resume(1L << 40, Bytes.EMPTY, "", null, false, Bytes.EMPTY),
				new RetryMail.Accepted(1), new RetryMail.Told(2, 3, 1.5, 3d, Bytes.utf8("\"a\"")),
				new RetryMail.Told(2, 4, 1, null, null), new RetryMail.Taken(3, 9),
				new RetryMail.Result(4, Bytes.utf8("x")), new RetryMail.Questions(5, Bytes.utf8("y")),
				new RetryMail.Left(6), new RetryMail.Check(8, Bytes.utf8("state"), "book", "alice"),
				new RetryMail.Check(8, Bytes.utf8("state"), "book", null), new RetryMail.Genuine(9));
		for (RetryMail message : all) {
			assertThat(RetryMail.read(message.toBytes())).isEqualTo(message);
		}
		RetryMail.Refused refused = (RetryMail.Refused) RetryMail.read(new RetryMail.Refused(7, error).toBytes());
		assertThat(refused.error()).hasMessage("No forms");
		assertThat(refused.error().code()).isEqualTo(error.code());
		assertThat(refused.error().status()).isEqualTo(error.status());
		assertThat(refused.error().data()).isEqualTo(error.data());
	}

	@Test
	void anotherFormIsNotReadButSaysWhichRequestItIsAbout() {
		byte[] whole = RESUME.toBytes().toArray();
		whole[0]++;
		RetryMail.Foreign foreign = (RetryMail.Foreign) RetryMail.read(Bytes.of(Arrays.copyOf(whole, 10)));
		assertThat(foreign).isEqualTo(new RetryMail.Foreign(7, RetryMail.RESUME));
		assertThat(foreign.isRequest()).isTrue();
		assertThat(new RetryMail.Foreign(7, RetryMail.TOLD).isRequest()).isFalse();
		assertThat(new RetryMail.Foreign(7, RetryMail.LEFT).isLeft()).isTrue();
	}

	@Test
	void whatIsCutOffOrUnknownIsRefused() {
		byte[] whole = RESUME.toBytes().toArray();
		for (int length = 0; length < whole.length; length++) {
			Bytes part = Bytes.of(Arrays.copyOf(whole, length));
			assertThatIllegalArgumentException().isThrownBy(() -> RetryMail.read(part));
		}
		whole[1] = 99;
		assertThatIllegalArgumentException().isThrownBy(() -> RetryMail.read(Bytes.of(whole)));
		// A length of 2 GiB is not allocated.
		byte[] tooLong = RESUME.toBytes().toArray();
		tooLong[10] = 0x7F;
		assertThatIllegalArgumentException().isThrownBy(() -> RetryMail.read(Bytes.of(tooLong)));
	}

}
