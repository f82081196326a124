/**
 * Functions behind a relay, and behind a plain proxy: a function, both gateways, their
 * clients, and a platform that starts instances slowly.
 */
@NullMarked
package com.example.benchmark.functions;

import org.jspecify.annotations.NullMarked;
