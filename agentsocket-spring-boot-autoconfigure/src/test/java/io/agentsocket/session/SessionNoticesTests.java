package io.agentsocket.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import io.agentsocket.Await;
import io.agentsocket.session.AgentSessionListener.DetachReason;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.AgentSessionListener.OpenReason;
import io.agentsocket.session.AgentSessionListener.ResumePlace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Notices of one session and the listener that gets them late.
 */
class SessionNoticesTests {

	private final List<String> heard = new ArrayList<>();

	private final List<Runnable> tasks = new ArrayList<>();

	private final SessionNotices notices = new SessionNotices(List.of(new AgentSessionListener() {

		@Override
		public void detached(AgentSession session, DetachReason reason, int closeCode) {
			SessionNoticesTests.this.heard.add(reason + " " + closeCode);
		}

		@Override
		public void ended(AgentSession session, EndReason reason) {
			SessionNoticesTests.this.heard.add("ended " + reason);
		}

	}), mock(AgentSession.class), this.tasks::add);

	@Test
	void listenerThatIsTooSlowMissesNoticesButNeverTheEnd() {
		this.notices.opened(OpenReason.NEW);
		for (int i = 0; i < 300; i++) {
			this.notices.detached(1006);
			this.notices.resumed(ResumePlace.SAME_POD);
		}
		this.notices.ended(EndReason.EXPIRED, 4503);
		assertThat(this.tasks).hasSize(1);
		this.tasks.get(0).run();
		assertThat(this.heard).hasSizeBetween(80, 90).endsWith("ended EXPIRED");
		// A listener that has caught up is told again.
		this.notices.opened(OpenReason.NEW);
		this.notices.ended(EndReason.BY_OTHER_SIDE, 1000);
		this.tasks.get(1).run();
		assertThat(this.heard).endsWith("SESSION_ENDED 1000", "ended BY_OTHER_SIDE");
	}

	@Test
	void endIsToldOnlyOfWhatHasBegun() {
		this.notices.ended(EndReason.EXPIRED, 4503);
		assertThat(this.tasks).isEmpty();
		SessionNotices elsewhere = new SessionNotices(List.of(new AgentSessionListener() {
		}), mock(AgentSession.class), this.tasks::add);
		elsewhere.begun();
		elsewhere.ended(EndReason.EXPIRED, 4503);
		assertThat(this.tasks).hasSize(1);
	}

	@Test
	void executorWithoutAThreadKeepsNobodyUninformed() {
		BlockingQueue<String> told = new LinkedBlockingQueue<>();
		SessionNotices late = new SessionNotices(List.of(new AgentSessionListener() {

			@Override
			public void ended(AgentSession session, EndReason reason) {
				told.add("ended " + reason);
			}

		}), mock(AgentSession.class), (task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		});
		late.opened(OpenReason.NEW);
		late.ended(EndReason.EXPIRED, 4503);
		Await.until(() -> told.contains("ended EXPIRED"));
	}

	/** As a pool does that has queued a task and then finds no thread for it. */
	@Test
	void executorThatFailsAfterItHasQueuedTellsNothingTwice() {
		List<Runnable> queued = new ArrayList<>();
		BlockingQueue<String> told = new LinkedBlockingQueue<>();
		SessionNotices late = new SessionNotices(List.of(new AgentSessionListener() {

			@Override
			public void opened(AgentSession session, OpenReason reason) {
				queued.forEach(Runnable::run);
				told.add("opened");
			}

			@Override
			public void ended(AgentSession session, EndReason reason) {
				told.add("ended");
			}

		}), mock(AgentSession.class), (task) -> {
			queued.add(task);
			throw new OutOfMemoryError("unable to create native thread");
		});
		late.opened(OpenReason.NEW);
		late.ended(EndReason.EXPIRED, 4503);
		Await.until(() -> told.size() == 2);
		assertThat(told).containsExactly("opened", "ended");
	}

	@ParameterizedTest
	@CsvSource({ "1000, CLOSED_BY_OTHER_SIDE", "1001, CLOSED_BY_OTHER_SIDE", "1005, CLOSED_BY_OTHER_SIDE",
			"1006, CONNECTION_LOST", "1011, OTHER", "1002, PROTOCOL_ERROR", "1009, PROTOCOL_ERROR", "4000, DRAINED",
			"4001, SILENT", "4002, SLOW_CONSUMER", "4003, PROTOCOL_ERROR", "4005, OTHER", "4006, STORE_UNAVAILABLE",
			"4008, OTHER", "4500, PROTOCOL_ERROR", "4503, SESSION_ENDED", "4504, SUPERSEDED", "4505, PROTOCOL_ERROR",
			"4507, PROTOCOL_ERROR", "4999, OTHER" })
	void closeCodeSaysWhyAConnectionIsGone(int code, DetachReason reason) {
		this.notices.opened(OpenReason.NEW);
		this.notices.detached(code);
		this.tasks.get(0).run();
		assertThat(this.heard).containsExactly(reason + " " + code);
	}

	@ParameterizedTest
	@CsvSource({ "1000, false, CLOSED_BY_OTHER_SIDE", "1001, true, CLOSED_BY_OTHER_SIDE",
			"1005, false, CLOSED_BY_OTHER_SIDE", "4000, true, DRAINED", "4000, false, CLOSED_BY_OTHER_SIDE",
			"4001, false, CLOSED_BY_OTHER_SIDE", "4003, false, PROTOCOL_ERROR", "4500, true, PROTOCOL_ERROR",
			"1009, false, PROTOCOL_ERROR", "4501, false, CLOSED_BY_OTHER_SIDE", "3000, true, CLOSED_BY_OTHER_SIDE" })
	void closeCodeOfTheOtherSideBlamesThisSideForNothingElse(int code, boolean asked, DetachReason reason) {
		this.notices.opened(OpenReason.NEW);
		this.notices.left(code, asked);
		this.tasks.get(0).run();
		assertThat(this.heard).containsExactly(reason + " " + code);
	}

	@ParameterizedTest
	@CsvSource({ "4001, CLOSED_BY_OTHER_SIDE", "4002, CLOSED_BY_OTHER_SIDE", "4000, DRAINED", "4006, STORE_UNAVAILABLE",
			"4501, UNAUTHENTICATED", "4500, PROTOCOL_ERROR", "1000, CLOSED_BY_OTHER_SIDE" })
	void aClientIsNotToldThatTheServerWasSlowOrSilent(int code, DetachReason reason) {
		this.notices.opened(OpenReason.NEW);
		this.notices.leftByServer(code);
		this.tasks.get(0).run();
		assertThat(this.heard).containsExactly(reason + " " + code);
	}

}
