package ai.apertis.benchmarks.relay;

import ai.apertis.benchmarks.gateway.Script;

/**
 * What is asked of a relay.
 */
enum Scenario {

	/** 64 streams of 1,000 events, as fast as they go. */
	FULL_SPEED(new Script(Script.Kind.TEXT, 1_000, 0, 1), 64, 1),

	/** 1,000 streams that send ten events a second. */
	PACED(new Script(Script.Kind.TEXT, 200, 100_000, 1), 1_000, 3),

	/** Streams of a single marked event, from 64 clients. */
	SHORT(new Script(Script.Kind.TEXT, 1, 0, 1), 64, 1),

	/** 5,000 streams that are open at the same time, and hardly say anything. */
	OPEN(new Script(Script.Kind.TEXT, 100, 5_000_000, 1), 5_000, 0);

	private final Script script;

	private final int connections;

	private final int settle;

	Scenario(Script script, int connections, int settle) {
		this.script = script;
		this.connections = connections;
		this.settle = settle;
	}

	Script script() {
		return this.script;
	}

	int connections() {
		return this.connections;
	}

	/** Seconds until it goes evenly. */
	int settle() {
		return this.settle;
	}

}
