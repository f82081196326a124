/**
 * Parts of Agent Socket without a connection, measured by JMH. Start with
 * {@link com.example.benchmark.parts.DispatchBenchmark}.
 */
@NullMarked
package com.example.benchmark.parts;

import org.jspecify.annotations.NullMarked;
