/**
 * A Redis for tests and samples, whatever the machine has. Start with
 * {@link com.example.redis.LocalRedis}, in tests with
 * {@link com.example.redis.WithRedis}.
 */
@NullMarked
package com.example.redis;

import org.jspecify.annotations.NullMarked;
