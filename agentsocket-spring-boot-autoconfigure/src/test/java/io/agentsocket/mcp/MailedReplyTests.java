package io.agentsocket.mcp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Messages from pod to pod about a request: their form, and how many there may be.
 */
class MailedReplyTests {

	private static final RetryMail.Resume RESUME = new RetryMail.Resume(7, Bytes.utf8("state"), "book", "alice", true,
			Bytes.utf8("{}"));

	private final List<RetryMail> sent = new ArrayList<>();

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
				new RetryMail.Accepted(1), new RetryMail.Told(2, 1.5, 3d, Bytes.utf8("\"a\"")),
				new RetryMail.Told(2, 1, null, null), new RetryMail.Taken(3, 9),
				new RetryMail.Result(4, Bytes.utf8("x")), new RetryMail.Questions(5, Bytes.utf8("y")),
				new RetryMail.Left(6));
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
	void whatIsCutOffOrUnknownIsRefused() {
		byte[] whole = RESUME.toBytes().toArray();
		for (int length = 0; length < whole.length; length++) {
			Bytes part = Bytes.of(Arrays.copyOf(whole, length));
			assertThatIllegalArgumentException().isThrownBy(() -> RetryMail.read(part));
		}
		whole[0] = 99;
		assertThatIllegalArgumentException().isThrownBy(() -> RetryMail.read(Bytes.of(whole)));
		// A length of 2 GiB is not allocated.
		byte[] tooLong = RESUME.toBytes().toArray();
		tooLong[9] = 0x7F;
		assertThatIllegalArgumentException().isThrownBy(() -> RetryMail.read(Bytes.of(tooLong)));
	}

}
