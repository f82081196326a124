/**
 * Annotated methods of beans: how they are found, also behind proxies and on beans that
 * do not exist yet, how they are called, and how mistakes in all of them are reported
 * together. Shared by tools and listeners, not for applications.
 */
@Internal
@NullMarked
package io.agentsocket.method;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
