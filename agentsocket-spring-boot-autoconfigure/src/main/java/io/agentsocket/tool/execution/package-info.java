/**
 * Runs the code of tools where it belongs: on the event loop, or on the threads of an
 * executor that sessions share fairly, with the thread locals and the log's context of
 * the invocation. Begin with {@link io.agentsocket.tool.execution.ToolHandlers}. Knows
 * code only as {@link io.agentsocket.tool.execution.ToolCode}: neither beans nor
 * arguments. Internal: it may change at any time.
 */
@NullMarked
@Internal
package io.agentsocket.tool.execution;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
