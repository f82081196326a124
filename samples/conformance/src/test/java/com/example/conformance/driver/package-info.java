/**
 * The driver of the Java client. Start with
 * {@link com.example.conformance.driver.JavaDriver}.
 */
package com.example.conformance.driver;
