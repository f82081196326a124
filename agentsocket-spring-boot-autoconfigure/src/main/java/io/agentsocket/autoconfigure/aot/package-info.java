/**
 * Ahead-of-time processing: hints for native images, about the methods and types that
 * tools and listeners are made of, and about the files of this library. Begin with
 * {@link io.agentsocket.autoconfigure.aot.AnnotatedMethodHints}. Runs when an application
 * is built, never when it runs, and does not depend on how tools are made.
 */
@NullMarked
package io.agentsocket.autoconfigure.aot;

import org.jspecify.annotations.NullMarked;
