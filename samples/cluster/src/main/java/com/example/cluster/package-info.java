/**
 * The launcher: Redis, pods as processes, a balancer, agents, and what goes wrong on
 * purpose. Start with {@link com.example.cluster.ClusterDemo}.
 */
package com.example.cluster;
