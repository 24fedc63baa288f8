package ai.apertis.client.schema;

import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Comparator;

import com.github.victools.jsonschema.generator.MemberScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import com.github.victools.jsonschema.module.jackson.JsonPropertySorter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes schemas with the schema library. The only class that depends on it.
 */
final class SchemaWriter {

	private SchemaWriter() {
	}

	static JsonNode write(Type type) {
		SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(SchemaVersion.DRAFT_2020_12,
				OptionPreset.PLAIN_JSON)
			.with(new JacksonSchemaModule(JacksonOption.FLATTENED_ENUMS_FROM_JSONVALUE))
			.with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT, Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES)
			.without(Option.SCHEMA_VERSION_INDICATOR);
		config.forFields().withRequiredCheck((field) -> true).withNullableCheck(SchemaWriter::isNullable);
		config.forTypesInGeneral()
			.withPropertySorter(
					new JsonPropertySorter(false).thenComparing(Comparator.comparingInt(SchemaWriter::place)));
		JsonNode schema = new SchemaGenerator(config.build()).generateSchema(type);
		tellThatThereAreNone(schema);
		return schema;
	}

	/**
	 * A record's components have an order, which its fields need not have.
	 */
	private static int place(MemberScope<?, ?> member) {
		RecordComponent[] components = member.getDeclaringType().getErasedType().getRecordComponents();
		for (int place = 0; components != null && place < components.length; place++) {
			if (components[place].getName().equals(member.getDeclaredName())) {
				return place;
			}
		}
		return 0;
	}

	/**
	 * Providers refuse an object that does not tell of its members, be it that it has
	 * none.
	 */
	private static void tellThatThereAreNone(JsonNode schema) {
		if (schema instanceof ObjectNode object && !object.has("properties") && SchemaTree.isClosed(object)) {
			object.putObject("properties");
			object.putArray("required");
		}
		schema.forEach(SchemaWriter::tellThatThereAreNone);
	}

	private static boolean isNullable(MemberScope<?, ?> member) {
		return member.getRawMember() instanceof Field field
				&& field.getAnnotatedType().isAnnotationPresent(Nullable.class);
	}

}
