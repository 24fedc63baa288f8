package ai.apertis.client.schema;

import java.util.Optional;

import tools.jackson.databind.JsonNode;

import org.springframework.util.ClassUtils;

/**
 * Makes JSON schemas of Java types: of records, as a rule. Every member is required and
 * no other is allowed, as strict providers want it; what is annotated as
 * {@link org.jspecify.annotations.Nullable} may be null. Jackson's annotations name and
 * describe members. Safe for use by several threads.
 */
public final class JsonSchemas {

	private static final String GENERATOR = "com.github.victools.jsonschema.generator.SchemaGenerator";

	private final ClassValue<JsonNode> schemas = new ClassValue<>() {

		@Override
		protected JsonNode computeValue(Class<?> type) {
			return SchemaWriter.write(type);
		}

	};

	/**
	 * Return the schema of a type. It is made once for each type.
	 * @param type the type
	 * @return its schema
	 * @throws IllegalStateException if the library is not there
	 * @throws IllegalArgumentException if the type is none that is written as a JSON
	 * object
	 */
	public JsonNode of(Class<?> type) {
		if (!ClassUtils.isPresent(GENERATOR, JsonSchemas.class.getClassLoader())) {
			throw new IllegalStateException("A JSON schema is needed for " + type.getName() + ": add the dependencies"
					+ " com.github.victools:jsonschema-generator and com.github.victools:jsonschema-module-jackson");
		}
		JsonNode schema = this.schemas.get(type);
		if (!"object".equals(schema.path("type").asString(""))) {
			throw new IllegalArgumentException(type.getName()
					+ " is not written as a JSON object: use a record, with what is asked for as a member");
		}
		return schema;
	}

	/**
	 * Find out whether a value has all members that its type requires.
	 * @param type the type
	 * @param value the value's JSON
	 * @return the path of the first that is missing, or that is null and must not be;
	 * empty if there is none
	 */
	public Optional<String> missingMember(Class<?> type, JsonNode value) {
		return Optional.ofNullable(new MissingMembers(of(type)).in(value));
	}

}
