/**
 * The clients in other languages: what is needed to run them, their own tests and their
 * drivers. Start with {@link com.example.conformance.foreign.ForeignClient}.
 */
package com.example.conformance.foreign;
