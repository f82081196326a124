/**
 * Drives all contestants with the same work and compares them. Start with
 * {@link com.example.benchmark.Benchmark}.
 */
@NullMarked
package com.example.benchmark;

import org.jspecify.annotations.NullMarked;
