/**
 * Cold starts of functions. Start with
 * {@link com.example.benchmark.coldstart.ColdStart}.
 */
package com.example.benchmark.coldstart;
