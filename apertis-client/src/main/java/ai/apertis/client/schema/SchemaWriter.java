package ai.apertis.client.schema;

import java.lang.reflect.Field;

import com.github.victools.jsonschema.generator.MemberScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The only class that needs the schema library.
 */
final class SchemaWriter {

	private SchemaWriter() {
	}

	static JsonNode write(Class<?> type) {
		SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(SchemaVersion.DRAFT_2020_12,
				OptionPreset.PLAIN_JSON)
			.with(new JacksonSchemaModule(JacksonOption.RESPECT_JSONPROPERTY_ORDER,
					JacksonOption.FLATTENED_ENUMS_FROM_JSONVALUE))
			.with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT, Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES)
			.without(Option.SCHEMA_VERSION_INDICATOR);
		config.forFields().withRequiredCheck((field) -> true).withNullableCheck(SchemaWriter::isNullable);
		return new SchemaGenerator(config.build()).generateSchema(type);
	}

	private static boolean isNullable(MemberScope<?, ?> member) {
		return member.getRawMember() instanceof Field field
				&& field.getAnnotatedType().isAnnotationPresent(Nullable.class);
	}

}
