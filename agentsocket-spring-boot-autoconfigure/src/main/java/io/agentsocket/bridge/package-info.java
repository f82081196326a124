/**
 * Parts of every bridge to a library for chat models: the actions of a server under names
 * that models accept, arguments that a model has written, results and failures as text
 * for it. Knows no such library. Begin with {@link io.agentsocket.bridge.RemoteActions}.
 */
@Internal
@NullMarked
package io.agentsocket.bridge;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
