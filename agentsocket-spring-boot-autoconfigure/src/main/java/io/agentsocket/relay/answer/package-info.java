/**
 * Reads what functions send: answers and pushes, in each of their formats, become parts
 * that mean the same. Begin with {@link io.agentsocket.relay.answer.Answers}, which
 * chooses a decoder, and {@link io.agentsocket.relay.answer.AnswerPart}. Implements
 * sections 4 to 7 of {@code docs/function-protocol.md}. Counts the bytes that it holds,
 * sends nothing and keeps nothing of an invocation.
 */
@NullMarked
package io.agentsocket.relay.answer;

import org.jspecify.annotations.NullMarked;
