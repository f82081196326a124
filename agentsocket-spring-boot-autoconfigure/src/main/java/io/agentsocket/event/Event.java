package io.agentsocket.event;

import java.util.List;

import io.agentsocket.protocol.Bytes;

/**
 * An event that has listeners.
 *
 * @param name its name
 * @param payload its payload, or empty
 * @param listeners the listeners in their order
 */
record Event(String name, Bytes payload, List<Listener> listeners) {

}
