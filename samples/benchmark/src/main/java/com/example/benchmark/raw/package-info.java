/**
 * WebSocket alone, the limit.
 */
@NullMarked
package com.example.benchmark.raw;

import org.jspecify.annotations.NullMarked;
