/**
 * A chat model that calls tools over a socket: tools, an agent and a scripted model in
 * one application.
 */
package com.example.springai;
