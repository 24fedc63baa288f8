package ai.apertis.passthrough;

/**
 * Event of the application: somebody has passed 80 or 100 % of a budget. Published by
 * whichever thread counts, such as an event loop, so that a listener must not block, or
 * be asynchronous.
 *
 * @param use who, which budget, and how much of it is used
 */
public record BudgetReachedEvent(LimitUse use) {
}
