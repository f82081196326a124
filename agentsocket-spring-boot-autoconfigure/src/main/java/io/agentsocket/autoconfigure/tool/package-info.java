/**
 * Auto-configuration of how annotated methods of beans become actions. Begin with
 * {@link io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration}.
 */
@NullMarked
package io.agentsocket.autoconfigure.tool;

import org.jspecify.annotations.NullMarked;
