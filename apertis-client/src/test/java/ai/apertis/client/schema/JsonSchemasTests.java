package ai.apertis.client.schema;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The schemas that models get for Java types.
 */
class JsonSchemasTests {

	private final JsonSchemas schemas = new JsonSchemas();

	@Test
	void writesTheSchemaOfARecordAsStrictProvidersWantIt() {
		assertThat(this.schemas.of(Recipe.class)).isEqualTo(JsonMapper.shared().readTree("""
				{"type":"object","properties":{
				"name":{"type":"string","description":"What it is called"},
				"difficulty":{"type":"string","enum":["EASY","HARD"]},
				"note":{"type":["string","null"]},
				"minutes_needed":{"type":"integer"},
				"ingredients":{"type":"array","items":{"type":"object","properties":{
				"name":{"type":"string"},"grams":{"type":"number"}},
				"required":["grams","name"],"additionalProperties":false}}},
				"required":["difficulty","ingredients","minutes_needed","name","note"],
				"additionalProperties":false}"""));
	}

	@Test
	void writesTheValuesOfMaps() {
		assertThat(this.schemas.of(Stock.class).path("properties").path("counts")).isEqualTo(
				JsonMapper.shared().readTree("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}"));
	}

	@Test
	void writesTheSchemaOnce() {
		assertThat(this.schemas.of(Recipe.class)).isSameAs(this.schemas.of(Recipe.class));
	}

	@Test
	void refusesWhatIsNoObject() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.schemas.of(String.class))
			.withMessageContaining("use a record");
		assertThatIllegalArgumentException().isThrownBy(() -> this.schemas.of(String[].class));
		assertThatIllegalArgumentException().isThrownBy(() -> this.schemas.of(Difficulty.class));
	}

	private record Stock(Map<String, Integer> counts) {
	}

	private enum Difficulty {

		EASY, HARD

	}

	private record Recipe(@JsonPropertyDescription("What it is called") String name, Difficulty difficulty,
			@Nullable String note, @JsonProperty("minutes_needed") int minutes, List<Ingredient> ingredients) {
	}

	private record Ingredient(String name, double grams) {
	}

}
