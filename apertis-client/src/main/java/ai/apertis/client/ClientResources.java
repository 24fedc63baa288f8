package ai.apertis.client;

import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ServerAddress;
import ai.apertis.client.schema.JsonSchemas;
import ai.apertis.client.upstream.Upstream;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Collaborators shared by the calls of one client.
 */
record ClientResources(Upstream upstream, ChatJson json, JsonSchemas schemas, ChatObservations observations,
		ServerAddress server) {

	/**
	 * Read with a mapper of its own, as the schema is made for one: the application's may
	 * name members in another way.
	 */
	<T> StructuredOutput<T> structured(ParameterizedTypeReference<T> type) {
		return new StructuredOutput<>(type, this.schemas, ChatJson.strict());
	}

}
