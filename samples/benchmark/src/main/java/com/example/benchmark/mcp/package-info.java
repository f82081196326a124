/**
 * MCP.
 */
@NullMarked
package com.example.benchmark.mcp;

import org.jspecify.annotations.NullMarked;
