package io.agentsocket.log;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.startsWith;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;

class SeldomWarningTests {

	private final Log log = mock(Log.class);

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);

	private final SeldomWarning warning = new SeldomWarning(this.log, this.clock::get);

	@Test
	void faultOfManySessionsIsALineAMinute() {
		Exception away = new IllegalStateException("away");
		InOrder order = inOrder(this.log);
		for (int i = 0; i < 500; i++) {
			this.warning.warn("session " + i, away);
		}
		order.verify(this.log).warn("session 0: " + away);
		order.verify(this.log, times(499)).debug(anyString());
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1) - 1);
		this.warning.warn("still", away);
		order.verify(this.log).debug("still: " + away);
		this.clock.addAndGet(1);
		this.warning.warn("again", away);
		order.verify(this.log).warn("again: " + away + "; lines left out since the last one: 500");
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(2));
		this.warning.warn("once more", away);
		order.verify(this.log).warn("once more: " + away);
		order.verifyNoMoreInteractions();
	}

	@Test
	void linesWithoutAnErrorAreOneForEachCause() {
		InOrder order = inOrder(this.log);
		for (int i = 0; i < 3; i++) {
			this.warning.warn("one", "first " + i);
			this.warning.warn("two", "second " + i);
		}
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
		this.warning.warn("one", "again");
		order.verify(this.log).warn("first 0");
		order.verify(this.log).warn("second 0");
		order.verify(this.log).warn("again; lines left out since the last one: 2");
		verify(this.log, times(4)).debug(anyString());
	}

	@Test
	void faultOfTheApplicationHasItsStackOnceAMinute() {
		Exception fault = new IllegalStateException("fault");
		for (int i = 0; i < 3; i++) {
			this.warning.error("failed " + i, fault);
		}
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
		this.warning.error("again", fault);
		verify(this.log).error("failed 0", fault);
		verify(this.log).debug("failed 1", fault);
		verify(this.log).debug("failed 2", fault);
		verify(this.log).error("again; lines left out since the last one: 2", fault);
		verifyNoMoreInteractions(this.log);
	}

	@Test
	void faultDoesNotHideThoseOfOtherCauses() {
		List<Exception> causes = List.of(new IllegalStateException("OOM no memory"),
				new IllegalStateException("READONLY a replica"), new IllegalStateException(),
				new IllegalArgumentException("OOM no memory"));
		for (int i = 0; i < 3; i++) {
			causes.forEach((error) -> this.warning.warn("failed", error));
		}
		causes.forEach((error) -> verify(this.log).warn("failed: " + error));
		verify(this.log, times(8)).debug(anyString());
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
		causes.forEach((error) -> this.warning.warn("failed", error));
		causes.forEach((error) -> verify(this.log).warn("failed: " + error + "; lines left out since the last one: 2"));
		verifyNoMoreInteractions(this.log);
	}

	@Test
	void faultDoesNotHideThoseOfOtherParts() {
		Exception fault = new NullPointerException("Cannot invoke");
		for (int i = 0; i < 3; i++) {
			this.warning.error("a", "a failed", fault);
			this.warning.error("b", "b failed", fault);
		}
		verify(this.log).error("a failed", fault);
		verify(this.log).error("b failed", fault);
		verify(this.log, times(2)).debug("a failed", fault);
		verify(this.log, times(2)).debug("b failed", fault);
		verifyNoMoreInteractions(this.log);
	}

	@Test
	void errorsThatLookAlikeAreToldApartByWhatIsBehindThem() {
		List<Exception> behind = List.of(new IllegalStateException("away"), new IllegalArgumentException("away"));
		behind.forEach((error) -> this.warning.warn("failed", new Exception("same", error)));
		behind.forEach((error) -> verify(this.log).warn("failed: java.lang.Exception: same, because of " + error));
	}

	@Test
	void circleOfErrorsHasALine() {
		Exception first = new IllegalStateException("first");
		Exception second = new IllegalStateException("second", first);
		first.initCause(second);
		this.warning.warn("failed", first);
		verify(this.log).warn(startsWith("failed: " + first));
	}

	@Test
	void textsThatDifferEachTimeShareALineAndMakeRoomForOthersLater() {
		int all = 500;
		for (int i = 0; i < all; i++) {
			this.warning.warn("failed", new IllegalStateException("id" + i));
		}
		verify(this.log, times(SeldomWarning.MAX_CAUSES + 1)).warn(anyString());
		verify(this.log, times(all - SeldomWarning.MAX_CAUSES - 1)).debug(anyString());
		this.warning.warn("hidden", new IllegalStateException("id0"));
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
		for (int i = 0; i < SeldomWarning.MAX_CAUSES; i++) {
			this.warning.warn("new", new IllegalStateException("new" + i));
		}
		verify(this.log).warn("new: java.lang.IllegalStateException: new0");
		verify(this.log, times(2 * SeldomWarning.MAX_CAUSES + 1)).warn(anyString());
		// All that were left out, also that of a cause that is forgotten.
		this.warning.warn("other", new IllegalStateException("other"));
		verify(this.log).warn("other: java.lang.IllegalStateException: other; lines left out since the last one: "
				+ (all - SeldomWarning.MAX_CAUSES));
	}

}
