package com.example.benchmark;

import org.jspecify.annotations.Nullable;

/**
 * Told once how a call or a stream of tokens ended.
 */
@FunctionalInterface
public interface Reply {

	/**
	 * The call ended.
	 * @param error why it failed, or {@code null} when it succeeded
	 */
	void done(@Nullable Throwable error);

}
