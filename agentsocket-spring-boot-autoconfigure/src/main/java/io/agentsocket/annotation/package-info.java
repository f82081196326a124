/**
 * What an application puts on its beans to offer them as actions. Depends on nothing else
 * of the project.
 */
@NullMarked
package io.agentsocket.annotation;

import org.jspecify.annotations.NullMarked;
