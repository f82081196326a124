/**
 * Auto-configuration: one class per concern, each of which backs off for the beans of the
 * application. Nothing depends on this package.
 */
@NullMarked
package io.agentsocket.autoconfigure;

import org.jspecify.annotations.NullMarked;
