package io.agentsocket.bridge;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.DescriptorSize;
import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Counts descriptors of a server that are kept, schemas and all, and bounds them: it may
 * announce as many as it likes.
 */
final class DescriptorBytes {

	private static final Log logger = PrintableLog.of(DescriptorBytes.class);

	/** Descriptors that are kept, as many as a client lists. */
	private static final int MAX = 10_000;

	/** Bytes of the heap that they take. */
	private static final long MAX_BYTES = 64 * 1024 * 1024;

	private int count;

	private long bytes;

	private boolean told;

	/**
	 * Keep a descriptor.
	 * @return {@code false} when there is no room for it
	 */
	boolean take(String name, @Nullable ActionDescriptor descriptor) {
		long size = DescriptorSize.of(name, descriptor);
		if (this.count >= MAX || size > MAX_BYTES - this.bytes) {
			if (!this.told) {
				this.told = true;
				logger.warn("The server has more actions than " + MAX + ", or than fit into " + MAX_BYTES
						+ " bytes; further ones are no tools");
			}
			return false;
		}
		this.count++;
		this.bytes += size;
		return true;
	}

	/** Keep a descriptor no longer. */
	void give(String name, @Nullable ActionDescriptor descriptor) {
		this.count--;
		this.bytes -= DescriptorSize.of(name, descriptor);
	}

	/** Keep none. */
	void clear() {
		this.count = 0;
		this.bytes = 0;
	}

}
