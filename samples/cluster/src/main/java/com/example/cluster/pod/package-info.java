/**
 * The application that runs in each pod. Start with
 * {@link com.example.cluster.pod.PodTools}.
 */
package com.example.cluster.pod;
