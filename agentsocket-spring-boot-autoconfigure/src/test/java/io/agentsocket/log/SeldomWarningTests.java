package io.agentsocket.log;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;

class SeldomWarningTests {

	private final Log log = mock(Log.class);

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);

	private final SeldomWarning warning = new SeldomWarning(this.log, this.clock::get);

	@Test
	void faultOfManySessionsIsALineAMinute() {
		InOrder order = inOrder(this.log);
		for (int i = 0; i < 500; i++) {
			this.warning.warn("away: " + i);
		}
		order.verify(this.log).warn("away: 0");
		order.verify(this.log, times(499)).debug(anyString());
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1) - 1);
		this.warning.warn("still away");
		order.verify(this.log).debug("still away");
		this.clock.addAndGet(1);
		this.warning.warn("away again");
		order.verify(this.log).warn("away again; lines left out since the last one: 500");
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(2));
		this.warning.warn("once more");
		order.verify(this.log).warn("once more");
		order.verifyNoMoreInteractions();
	}

}
