package io.agentsocket.mcp;

/**
 * The work of the endpoint at a moment.
 *
 * @param calls calls that run, the parked ones included
 * @param parked calls that have asked their callers something
 * @param subscriptions open streams of changes
 * @param begun calls that have begun since the start
 * @param cancelled calls that clients have closed before they were complete
 * @param carried requests with answers that were carried to the pods of their calls since
 * the start
 * @param lost requests with answers whose calls were lost with their pods since the start
 */
public record McpLoad(int calls, int parked, int subscriptions, long begun, long cancelled, long carried, long lost) {
}
