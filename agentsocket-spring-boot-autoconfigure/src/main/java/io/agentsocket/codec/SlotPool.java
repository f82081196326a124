package io.agentsocket.codec;

import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.BufferRecycler;
import tools.jackson.core.util.RecyclerPool;

/**
 * Keeps the buffers of parsers and generators in a fixed number of slots; a thread looks
 * into one of them only. Two threads of one slot get in each other's way at times, which
 * costs new buffers and nothing else. Cheaper than a thread local, bounded, and of use to
 * virtual threads, too.
 */
final class SlotPool implements RecyclerPool<BufferRecycler> {

	private static final long serialVersionUID = 1L;

	static final SlotPool SHARED = new SlotPool();

	/** A power of 2. */
	private static final int SLOTS = 64;

	/** Slots that are used: those between are not, so that no two share a cache line. */
	private static final int APART = 16;

	private final transient AtomicReferenceArray<@Nullable BufferRecycler> slots = new AtomicReferenceArray<>(
			SLOTS * APART);

	private SlotPool() {
	}

	@Override
	public BufferRecycler acquirePooled() {
		BufferRecycler kept = this.slots.getAndSet(slot(), null);
		return (kept != null) ? kept : new BufferRecycler();
	}

	@Override
	public void releasePooled(BufferRecycler recycler) {
		this.slots.setRelease(slot(), recycler);
	}

	private static int slot() {
		return (int) (Thread.currentThread().getId() & (SLOTS - 1)) * APART;
	}

	private Object readResolve() {
		return SHARED;
	}

}
