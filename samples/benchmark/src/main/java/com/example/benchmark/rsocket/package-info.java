/**
 * RSocket.
 */
@NullMarked
package com.example.benchmark.rsocket;

import org.jspecify.annotations.NullMarked;
