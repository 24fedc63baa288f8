package ai.apertis.client.schema;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The schemas that models get for Java types.
 */
class JsonSchemasTests {

	private final JsonSchemas schemas = new JsonSchemas();

	@Test
	void writesTheSchemaOfARecordAsStrictProvidersWantIt() {
		assertThat(this.schemas.of(Recipe.class).json()).isEqualTo(JsonMapper.shared().readTree("""
				{"type":"object","properties":{
				"name":{"type":"string","description":"What it is called"},
				"difficulty":{"type":"string","enum":["EASY","HARD"]},
				"note":{"type":["string","null"]},
				"minutes_needed":{"type":"integer"},
				"ingredients":{"type":"array","items":{"type":"object","properties":{
				"name":{"type":"string"},"grams":{"type":"number"}},
				"required":["name","grams"],"additionalProperties":false}}},
				"required":["name","difficulty","note","minutes_needed","ingredients"],
				"additionalProperties":false}"""));
	}

	@Test
	void writesTheValuesOfMaps() {
		assertThat(this.schemas.of(Stock.class).json().path("properties").path("counts")).isEqualTo(
				JsonMapper.shared().readTree("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}"));
	}

	@Test
	void writesTheSchemaOnce() {
		assertThat(this.schemas.of(Recipe.class)).isSameAs(this.schemas.of(Recipe.class));
	}

	@Test
	void namesMembersInTheOrderOfTheRecord() {
		JsonNode schema = this.schemas.of(Solution.class).json();
		assertThat(schema.path("properties").propertyNames()).containsExactly("reasoning", "steps", "answer",
				"correct");
		assertThat(this.schemas.of(Ordered.class).json().path("properties").propertyNames()).containsExactly("b", "c",
				"a");
		assertThat(this.schemas.of(Bean.class).json().path("properties").propertyNames()).containsExactly("zeal",
				"air");
	}

	@Test
	void asksForAListAsAMemberOfAnObject() {
		TypeSchema schema = this.schemas.of(new ParameterizedTypeReference<List<Ingredient>>() {
		}.getType());
		assertThat(schema.isEnveloped()).isTrue();
		assertThat(schema.isStrict()).isTrue();
		assertThat(schema.json()).isEqualTo(JsonMapper.shared().readTree("""
				{"type":"object","properties":{"items":{"type":"array","items":{"type":"object","properties":{
				"name":{"type":"string"},"grams":{"type":"number"}},
				"required":["name","grams"],"additionalProperties":false}}},
				"required":["items"],"additionalProperties":false}"""));
	}

	@Test
	void keepsTheReferencesOfAListThatLeadsToItself() {
		TypeSchema schema = this.schemas.of(Tree[].class);
		assertThat(schema.isStrict()).isTrue();
		String reference = schema.json()
			.at("/properties/items/items/$ref")
			.asString(schema.json().at("/properties/items/items/properties/children/items/$ref").asString(""));
		assertThat(reference).startsWith("#/$defs/");
		assertThat(schema.json().at(reference.substring(1)).path("properties").propertyNames()).containsExactly("name",
				"children");
		TypeSchema.Written written = schema.read("""
				{"items":[{"name":"a","children":[{"name":"b","children":[]}]}]}""");
		assertThat(written.missingMember()).isEmpty();
		assertThat(schema.read("{\"items\":[{\"name\":\"a\",\"children\":[{\"name\":\"b\"}]}]}").missingMember())
			.contains("items[0].children[0].children");
	}

	@Test
	void takesAValueOfAnyOfSeveralTypes() {
		TypeSchema schema = this.schemas.of(Shape[].class);
		assertThat(schema.read("""
				{"items":[{"kind":"circle","radius":1.0},{"kind":"square","side":2}]}""").missingMember()).isEmpty();
		assertThat(schema.read("{\"items\":[{\"kind\":\"square\"}]}").missingMember()).isPresent();
	}

	@Test
	void asksForAnyOtherValueAsAMemberOfAnObject() {
		assertThat(this.schemas.of(Difficulty.class).json()).isEqualTo(JsonMapper.shared().readTree("""
				{"type":"object","properties":{"value":{"type":"string","enum":["EASY","HARD"]}},
				"required":["value"],"additionalProperties":false}"""));
		assertThat(this.schemas.of(Difficulty.class).read("\"HARD\"").value().asString()).isEqualTo("HARD");
		assertThat(this.schemas.of(Difficulty.class).read("{\"value\":\"HARD\"}").value().asString()).isEqualTo("HARD");
	}

	@Test
	void tellsProvidersThatThereAreNoMembers() {
		assertThat(this.schemas.of(Nothing.class).json()).isEqualTo(JsonMapper.shared()
			.readTree("{\"type\":\"object\",\"properties\":{},\"required\":[],\"additionalProperties\":false}"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Stock.class, Shelf.class, Anything.class })
	void knowsWhatProvidersRefuseAsStrict(Class<?> type) {
		assertThat(this.schemas.of(type).isStrict()).isFalse();
		assertThat(this.schemas.of(Recipe.class).isStrict()).isTrue();
		assertThat(this.schemas.of(Nothing.class).isStrict()).isTrue();
	}

	@Test
	void refusesWhatIsNoObjectWhereOneIsNeeded() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.schemas.ofObject(String.class))
			.withMessageContaining("use a record");
		assertThatIllegalArgumentException().isThrownBy(() -> this.schemas.ofObject(String[].class));
		assertThatIllegalArgumentException().isThrownBy(() -> this.schemas.ofObject(Difficulty.class));
		assertThat(this.schemas.ofObject(Recipe.class)).isSameAs(this.schemas.of(Recipe.class));
	}

	private record Solution(String reasoning, List<String> steps, String answer, boolean correct) {
	}

	@JsonPropertyOrder({ "b", "c" })
	private record Ordered(String a, String b, String c) {
	}

	private static final class Bean {

		public String zeal = "";

		public String air = "";

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(value = Circle.class, name = "circle"),
			@JsonSubTypes.Type(value = Square.class, name = "square") })
	private sealed interface Shape permits Circle, Square {

	}

	private record Circle(double radius) implements Shape {
	}

	private record Square(int side) implements Shape {
	}

	private record Tree(String name, List<Tree> children) {
	}

	private record Nothing() {
	}

	private record Shelf(List<Stock> stocks) {
	}

	private record Anything(Object any) {
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
