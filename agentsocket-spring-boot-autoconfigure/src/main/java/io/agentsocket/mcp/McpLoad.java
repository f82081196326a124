package io.agentsocket.mcp;

/**
 * The work of the endpoint at a moment.
 *
 * @param calls calls that run, the parked ones included
 * @param parked calls that have asked their callers something
 * @param subscriptions open streams of changes
 * @param begun calls that have begun since the start
 * @param cancelled calls that clients have closed before they were complete
 */
public record McpLoad(int calls, int parked, int subscriptions, long begun, long cancelled) {
}
