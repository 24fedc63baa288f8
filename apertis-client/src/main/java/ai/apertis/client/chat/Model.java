package ai.apertis.client.chat;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Model offered by the gateway.
 *
 * @param id its id, to ask it by
 * @param name its name for people, {@code null} if the gateway tells none
 * @param ownedBy who offers it, {@code null} if the gateway does not tell
 * @param created seconds since the epoch, 0 if the gateway does not tell
 */
public record Model(String id, @Nullable String name, @Nullable String ownedBy, long created) {

	static Model of(JsonNode json) {
		return new Model(json.path("id").asString(), text(json, "name"), text(json, "owned_by"),
				json.path("created").asLong(0));
	}

	private static @Nullable String text(JsonNode json, String name) {
		return json.path(name).isString() ? json.path(name).asString() : null;
	}

}
