/**
 * A Spring MVC application that offers tools to agents beside its controllers.
 */
@NullMarked
package com.example.servlet;

import org.jspecify.annotations.NullMarked;
