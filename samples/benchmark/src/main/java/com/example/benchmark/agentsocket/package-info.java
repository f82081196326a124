/**
 * Agent Socket.
 */
@NullMarked
package com.example.benchmark.agentsocket;

import org.jspecify.annotations.NullMarked;
