/**
 * The application that runs behind the proxy: actions for each section of the protocol.
 * Start with {@link com.example.conformance.app.TestApplication}.
 */
package com.example.conformance.app;
