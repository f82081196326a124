package io.agentsocket.session;

import java.time.Instant;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * State of a session that a store keeps beside its attributes.
 *
 * @param id id of the session
 * @param log id of the sequence of frames; another one means that numbers start anew
 * @param epoch number of attachments, the first one is 1
 * @param principal name of the principal, or {@code null} for an anonymous session
 * @param agent name and version that the agent gave
 * @param codec name of the codec, fixed for the session
 * @param createdAt when the session was opened
 */
@Internal
public record SessionState(String id, String log, long epoch, @Nullable String principal, AgentInfo agent, String codec,
		Instant createdAt) {

}
