package ai.apertis.passthrough.reactive;

import java.util.Collection;

import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.route.BasePath;
import ai.apertis.passthrough.route.ClientModule;
import ai.apertis.passthrough.route.Route;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * The router of the pass-through on WebFlux: its routes, the list of models, and the
 * module for browsers.
 */
public final class PassThroughRouter {

	/** A HEAD request would read the whole stream. */
	private static final RequestPredicate GET = RequestPredicates.method(HttpMethod.GET);

	private PassThroughRouter() {
	}

	/**
	 * Create the router.
	 * @param handler responds to the requests
	 * @param path where the pass-through is
	 * @param routes the routes
	 * @param resumption resumes streams, {@code null} if none can be
	 * @return the router
	 */
	public static RouterFunction<ServerResponse> of(PassThroughHandler handler, BasePath path, Collection<Route> routes,
			@Nullable StreamResumption resumption) {
		RouterFunctions.Builder router = RouterFunctions.route();
		for (Route route : routes) {
			String endpoint = path.of(route.path());
			router.POST(endpoint, (request) -> handler.respond(request, route))
				.route(RequestPredicates.path(endpoint),
						(request) -> handler.notAllowed(request, path, HttpMethod.POST));
		}
		if (resumption != null) {
			resume(router, handler, path, routes, resumption);
		}
		ClientModule module = ClientModule.read();
		return router.GET(path.of(PassThrough.MODELS_PATH), handler::models)
			.route(RequestPredicates.path(path.of(PassThrough.MODELS_PATH)),
					(request) -> handler.notAllowed(request, path, HttpMethod.GET))
			.route(RequestPredicates.methods(HttpMethod.GET, HttpMethod.HEAD)
				.and(RequestPredicates.path(path.of(ClientModule.PATH))), (request) -> handler.module(request, module))
			.route(RequestPredicates.path(path.of(ClientModule.PATH)),
					(request) -> handler.notAllowed(request, path, HttpMethod.GET))
			.build();
	}

	private static void resume(RouterFunctions.Builder router, PassThroughHandler handler, BasePath path,
			Collection<Route> routes, StreamResumption resumption) {
		String stream = path.of(StreamResumption.PATH);
		router.route(GET.and(RequestPredicates.path(stream)), (request) -> handler.resume(request, resumption))
			.DELETE(stream, (request) -> handler.stop(request, resumption))
			.route(RequestPredicates.path(stream),
					(request) -> handler.notAllowed(request, path, HttpMethod.GET, HttpMethod.DELETE));
		for (Route route : routes) {
			if (route.resumesConversations()) {
				String conversation = path.of(route.path() + StreamResumption.CONVERSATION_PATH);
				router
					.route(GET.and(RequestPredicates.path(conversation)),
							(request) -> handler.resume(request, resumption, route))
					.DELETE(conversation, (request) -> handler.stop(request, resumption, route))
					.route(RequestPredicates.path(conversation),
							(request) -> handler.notAllowed(request, path, HttpMethod.GET, HttpMethod.DELETE));
			}
		}
	}

}
