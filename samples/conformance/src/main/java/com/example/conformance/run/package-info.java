/**
 * Runs of cases: a proxy or a script for each, told by the control interface what to do.
 * Start with {@link com.example.conformance.run.ControlServer}.
 */
package com.example.conformance.run;
