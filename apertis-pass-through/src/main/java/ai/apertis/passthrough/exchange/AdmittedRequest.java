package ai.apertis.passthrough.exchange;

import ai.apertis.passthrough.limit.CallBudget;
import ai.apertis.passthrough.limit.HeldPermit;
import ai.apertis.passthrough.route.RoutedRequest;
import org.jspecify.annotations.Nullable;

/**
 * Request that has been admitted, and may be sent upstream.
 *
 * @param request what to send
 * @param permit what its user holds meanwhile
 * @param budget what is reserved for the first call, {@code null} if it needs no budget
 */
record AdmittedRequest(RoutedRequest request, HeldPermit permit, @Nullable CallBudget budget) {
}
