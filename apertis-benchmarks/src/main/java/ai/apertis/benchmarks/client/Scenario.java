package ai.apertis.benchmarks.client;

import ai.apertis.benchmarks.gateway.Script;

/**
 * What is read.
 */
enum Scenario {

	/** One stream of text at a time. */
	TEXT("text, 1 at a time", new Script(Script.Kind.TEXT, 1_000, 0, 32), 1),

	/** 32 streams of text at a time. */
	TEXT_32("text, 32 at a time", new Script(Script.Kind.TEXT, 1_000, 0, 32), 32),

	/** 32 streams that send an event each 5 ms. */
	PACED("paced, 32 at a time", new Script(Script.Kind.TEXT, 400, 5_000, 1), 32),

	/** The arguments of a tool call. */
	TOOLS("tool call", new Script(Script.Kind.TOOLS, 1_000, 0, 32), 1),

	/** Reasoning. */
	REASONING("reasoning", new Script(Script.Kind.REASONING, 1_000, 0, 32), 1),

	/** Long streams. */
	LONG("100,000 events", new Script(Script.Kind.TEXT, 100_000, 0, 32), 1);

	private final String title;

	private final Script script;

	private final int concurrency;

	Scenario(String title, Script script, int concurrency) {
		this.title = title;
		this.script = script;
		this.concurrency = concurrency;
	}

	String title() {
		return this.title;
	}

	Script script() {
		return this.script;
	}

	int concurrency() {
		return this.concurrency;
	}

}
