/**
 * Work of one turn of a thread that is done together: a loop starts calls at the end of a
 * turn with {@link io.agentsocket.turn.LoopTurn}, and a worker gives the results of
 * several calls to their loops at once with {@link io.agentsocket.turn.HeldTasks}.
 * Depends on no other package of this project. Internal: it may change at any time.
 */
@Internal
@NullMarked
package io.agentsocket.turn;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
