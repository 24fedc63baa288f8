package ai.apertis.client.schema;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.util.ClassUtils;

/**
 * Makes JSON schemas of Java types: of records, as a rule. Every member is required and
 * no other is allowed, as strict providers want it; what is annotated as
 * {@link org.jspecify.annotations.Nullable} may be null. Members come in the order in
 * which the type declares them, as models write them in that order. Jackson's annotations
 * name, describe and order members. Safe for use by several threads.
 */
public final class JsonSchemas {

	private static final String GENERATOR = "com.github.victools.jsonschema.generator.SchemaGenerator";

	private final Map<Type, TypeSchema> schemas = new ConcurrentHashMap<>();

	/**
	 * Return the schema of a type. It is made once for each type. As providers want an
	 * object, what is written as none, such as a list, is asked for as the one member of
	 * an object.
	 * @param type the type
	 * @return its schema
	 * @throws IllegalStateException if the library is not there
	 */
	public TypeSchema of(Type type) {
		if (!ClassUtils.isPresent(GENERATOR, JsonSchemas.class.getClassLoader())) {
			throw new IllegalStateException("A JSON schema is needed for " + type.getTypeName()
					+ ": add the dependencies com.github.victools:jsonschema-generator and"
					+ " com.github.victools:jsonschema-module-jackson");
		}
		return this.schemas.computeIfAbsent(type, (missing) -> TypeSchema.of(SchemaWriter.write(missing)));
	}

	/**
	 * Return the schema of a type that is written as a JSON object.
	 * @param type the type
	 * @return its schema
	 * @throws IllegalArgumentException if the type is none that is written as a JSON
	 * object
	 * @throws IllegalStateException if the library is not there
	 */
	public TypeSchema ofObject(Type type) {
		TypeSchema schema = of(type);
		if (schema.isEnveloped()) {
			throw new IllegalArgumentException(type.getTypeName()
					+ " is not written as a JSON object: use a record, with what is asked for as a member");
		}
		return schema;
	}

}
