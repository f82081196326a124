package io.agentsocket.codec;

import org.junit.jupiter.api.Test;
import tools.jackson.core.util.BufferRecycler;

import static org.assertj.core.api.Assertions.assertThat;

class SlotPoolTests {

	private final SlotPool pool = SlotPool.SHARED;

	@Test
	void keepsWhatAThreadReleases() {
		BufferRecycler first = this.pool.acquireAndLinkPooled();
		first.releaseToPool();
		assertThat(this.pool.acquireAndLinkPooled()).isSameAs(first);
	}

	@Test
	void givesNothingToTwoAtATime() {
		BufferRecycler first = this.pool.acquireAndLinkPooled();
		BufferRecycler second = this.pool.acquireAndLinkPooled();
		assertThat(second).isNotSameAs(first);
		first.releaseToPool();
		second.releaseToPool();
		// Released twice is released once.
		second.releaseToPool();
		assertThat(this.pool.acquireAndLinkPooled()).isSameAs(second);
		assertThat(this.pool.acquireAndLinkPooled()).isNotSameAs(second);
	}

}
