/**
 * The declarations in types about their values: which of them must be there, and where
 * {@code null} may stand. Everything that the other side sends is held to them. Start
 * with {@link io.agentsocket.codec.declared.ValueRules}. Knows Jackson, and nothing of
 * payloads.
 */
@Internal
@NullMarked
package io.agentsocket.codec.declared;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
