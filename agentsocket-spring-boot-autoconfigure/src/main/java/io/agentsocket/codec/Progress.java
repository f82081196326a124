package io.agentsocket.codec;

import org.jspecify.annotations.Nullable;

/**
 * How far an invocation has come.
 *
 * @param done units done
 * @param total units in all, or {@code null} when unknown
 * @param text the present work, or {@code null}
 */
public record Progress(double done, @Nullable Double total, @Nullable String text) {

}
