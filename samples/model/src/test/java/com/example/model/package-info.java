/**
 * Runs the checker of the model of the takeover.
 */
package com.example.model;
