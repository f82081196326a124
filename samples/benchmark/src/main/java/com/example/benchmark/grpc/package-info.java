/**
 * gRPC.
 */
@NullMarked
package com.example.benchmark.grpc;

import org.jspecify.annotations.NullMarked;
