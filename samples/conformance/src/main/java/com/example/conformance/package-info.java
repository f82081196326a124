/**
 * A server against which clients in any language are tried out, as
 * {@code docs/conformance.md} says. Start with
 * {@link com.example.conformance.ConformanceServer}.
 */
package com.example.conformance;
