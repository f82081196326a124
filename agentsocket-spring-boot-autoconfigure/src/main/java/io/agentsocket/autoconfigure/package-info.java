/**
 * The part of the auto-configuration that applications see, the properties and the
 * customizers, and the part that is shared, the checks and the codecs. Each sub-package
 * has one concern, whose beans back off for those of the application. Nothing depends on
 * this package but its sub-packages, and it depends on none of them.
 */
@NullMarked
package io.agentsocket.autoconfigure;

import org.jspecify.annotations.NullMarked;
