/**
 * WebSocket messages and frames as a proxy and a script see them: read from and written
 * to plain sockets, and turned into the form of the golden vectors. Start with
 * {@link com.example.conformance.wire.WireSocket}.
 */
package com.example.conformance.wire;
