package io.agentsocket.relay;

import java.util.List;

/**
 * Tells an operator of the functions of a pod. Thread-safe.
 */
public interface FunctionReports {

	/**
	 * The functions of the pod.
	 * @return a report of each, by their names
	 */
	List<FunctionReport> reports();

}
