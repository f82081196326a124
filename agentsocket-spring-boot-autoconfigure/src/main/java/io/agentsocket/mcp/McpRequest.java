package io.agentsocket.mcp;

import java.security.Principal;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.UpgradeAttempt;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * A POST to the endpoint, whatever web stack it came through.
 *
 * @param head its headers and addresses
 * @param body its whole body, at the beginning of an array of its own
 * @param principal the caller, or {@code null}
 * @param context Reactor context of the call
 */
public record McpRequest(UpgradeAttempt head, Bytes body, @Nullable Principal principal, ContextView context) {
}
