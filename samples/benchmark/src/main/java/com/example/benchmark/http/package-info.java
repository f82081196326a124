/**
 * JSON over HTTP.
 */
@NullMarked
package com.example.benchmark.http;

import org.jspecify.annotations.NullMarked;
