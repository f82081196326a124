/**
 * Cold starts of functions. Start with {@link com.example.benchmark.coldstart.ColdStart}.
 */
@NullMarked
package com.example.benchmark.coldstart;

import org.jspecify.annotations.NullMarked;
