package io.agentsocket.mcp;

import io.agentsocket.codec.Codec;
import io.agentsocket.server.DirectCalls;

/**
 * The parts that all calls share.
 *
 * @param server gives actions, bounds and interceptors
 * @param codec reads arguments and writes results, as JSON
 * @param settings how callers are treated
 * @param forms makes forms of questions
 * @param parking has the calls that wait for answers
 * @param running has all calls
 */
record CallContext(DirectCalls server, Codec codec, McpSettings settings, QuestionForms forms, ParkedCalls parking,
		RunningCalls running) {
}
