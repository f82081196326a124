package io.agentsocket.event;

import io.agentsocket.annotation.Internal;

/**
 * Counts of the outcomes of events, at one moment. An event can have several listeners.
 *
 * @param delivered calls of listeners that ended well
 * @param failed calls of listeners that failed
 * @param unknown events that nobody listens to
 * @param invalid calls of listeners that were not made because the payload does not fit
 * @param overflowed events that found the queue full, and calls that the executor refused
 */
@Internal
public record EventCounts(long delivered, long failed, long unknown, long invalid, long overflowed) {

}
