/**
 * Auto-configuration of the bridge to Spring AI. Begin with
 * {@link io.agentsocket.autoconfigure.springai.AgentSocketSpringAiAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.springai;

import org.jspecify.annotations.NullMarked;
