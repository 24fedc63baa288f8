package ai.apertis.benchmarks.client;

import ai.apertis.benchmarks.gateway.Script;

/**
 * Reads one stream to its end, in the calling thread or with it waiting. Safe for use by
 * several threads.
 */
interface Reader {

	/**
	 * Read a stream.
	 * @param script what is asked for
	 * @param chunk to be run for each chunk
	 */
	void read(Script script, Runnable chunk) throws Exception;

}
